import type { CoreContext } from '../context.js';
import { buriedOf } from '../endings/tombstones.js';
import type { HeldCopy, Located } from '../messages.js';

/** What this node knows of a key. */
export function locate(context: CoreContext, key: string): Located {
  const tombstone = context.tombstone(key);
  if (tombstone) return { role: 'buried', buried: buriedOf(tombstone, context.nowMs) };
  const record = context.records.get(key);
  const promised = context.promises.get(key);
  const lineage = promised && { epoch: promised.epoch, owner: promised.owner };
  if (record?.role === 'owner' && record.verifiedMs >= context.unverifiedSinceMs) {
    return { role: 'owner', version: { epoch: record.epoch, seq: record.seq } };
  }
  if (context.claims.isClaiming(key)) {
    return { role: 'claiming', epoch: context.claims.epochOf(key) };
  }
  if (!record) return { role: 'none', promised: lineage };
  const version = { epoch: record.epoch, seq: record.seq };
  const owner = record.role === 'owner' ? context.self : record.owner;
  return { role: 'backup', version, owner, promised: lineage };
}

/** How far each copy is, as the owner of the record has it; empty for everyone else. */
export function copiesOf(context: CoreContext, key: string): HeldCopy[] {
  const record = context.records.get(key);
  if (record?.role !== 'owner') return [];
  return [...record.backups].map(([holder, { ackedSeq }]) => ({
    holder,
    lacks: record.seq - Math.max(ackedSeq, 0) + (ackedSeq < 0 ? 1 : 0),
  }));
}
