import type { CoreContext } from '../context.js';
import type { Incarnation } from '../record/record.js';
import type { Stamp } from './digest.js';

/**
 * What the owner does about a copy that another node says it holds. Judged by what is true now, not
 * by what was summed up: what changed meanwhile is under way on the link and is left to it.
 */
export type HeldVerdict =
  | 'fine'
  /** The holder is to have it, and has something else. */
  | 'send'
  /** Enough others hold it. */
  | 'drop'
  /** It is one more copy than planned, of a record that has too few. */
  | 'keep'
  | 'buried'
  /** This node was away and does not know whether it still leads the record. */
  | 'unverified'
  /** Not led here: the holder has to find out who does. */
  | 'disowned';

export function judgeHeld(context: CoreContext, holder: Incarnation, stamp: Stamp): HeldVerdict {
  const { key } = stamp;
  if (context.tombstone(key)) return 'buried';
  if (context.claims.isClaiming(key) || context.handoffs.isFrozen(key)) return 'fine';
  const record = context.records.get(key);
  if (record?.role !== 'owner') return 'disowned';
  if (record.verifiedMs < context.unverifiedSinceMs) return 'unverified';
  const progress = record.backups.get(holder);
  if (!progress) return context.owner.keeper.isComplete(record) ? 'drop' : 'keep';
  const isOfThisLineage = stamp.epoch === record.epoch && stamp.owner === context.self;
  if (isOfThisLineage) return stamp.seq < progress.ackedSeq ? 'send' : 'fine';
  // Never acknowledged: the first copy is still on its way.
  return progress.ackedSeq < 0 ? 'fine' : 'send';
}

/** What a node does about a record that another one says it leads, and may have a copy of here. */
export type LedVerdict =
  | 'fine'
  | 'lacking'
  | 'buried'
  /** Led here, too: everyone has to be asked who leads it. */
  | 'rival';

export function judgeLed(context: CoreContext, owner: Incarnation, stamp: Stamp): LedVerdict {
  const { key, epoch, seq } = stamp;
  if (context.tombstone(key)) return 'buried';
  if (context.claims.isClaiming(key)) return 'fine';
  const record = context.records.get(key);
  if (record?.role === 'owner') return context.handoffs.isFrozen(key) ? 'fine' : 'rival';
  if (record?.role !== 'backup' || record.owner !== owner || record.epoch !== epoch) {
    return 'lacking';
  }
  return record.seq < seq ? 'lacking' : 'fine';
}
