import type { CoreContext } from '../context.js';
import { compareLineages, type Incarnation } from './record.js';

/**
 * Who leads a record as far as this node knows: the writer of the copy it holds, or whoever it
 * promised a higher lineage since. A hint for routing; undefined when it knows nothing.
 */
export function leaderOf(context: CoreContext, key: string): Incarnation | undefined {
  const record = context.records.get(key);
  if (record?.role === 'owner') return context.self;
  const promised = context.promises.get(key);
  if (!record || !promised) return record?.owner ?? promised?.owner;
  return compareLineages(promised, record) >= 0 ? promised.owner : record.owner;
}

/** Whether a held copy has nobody to lead it: its leader is dead, or was this node itself. */
export function isOrphan(context: CoreContext, key: string): boolean {
  if (context.records.get(key)?.role !== 'backup') return false;
  const leader = leaderOf(context, key);
  return leader === undefined || !context.membership.isLive(leader);
}
