import type { CoreContext } from '../context.js';
import { NOBODY_WAITS, type OwnedRecord, type RecordContent } from './record.js';
import { firstBytesOf } from './record-size.js';
import { NOT_FILED } from './record-table.js';

/** A record that this node leads from now on, under a lineage that has no change yet. */
export function newOwnedRecord(
  context: CoreContext,
  key: string,
  epoch: number,
  content: RecordContent,
  absoluteTimeoutMs: number,
): OwnedRecord {
  const { nowMs } = context;
  const absoluteDeadlineMs = nowMs + absoluteTimeoutMs;
  const idleDeadlineMs = Math.min(nowMs + content.idleTimeoutMs, absoluteDeadlineMs);
  const bytes = firstBytesOf(context, content);
  return {
    role: 'owner',
    key,
    epoch,
    seq: 0,
    content,
    idleDeadlineMs,
    absoluteDeadlineMs,
    replicatedIdleDeadlineMs: idleDeadlineMs,
    backups: new Map(),
    leaving: undefined,
    bytesAtMost: bytes,
    history: [{ epoch, seq: 0, document: content.document }],
    waiters: NOBODY_WAITS,
    answeredSeq: 0,
    answeredAt: 0,
    unshared: [],
    storedSeq: nothingStored(context, content),
    adoptedFrom: undefined,
    isLogUntold: false,
    reservations: new Map(),
    verifiedMs: nowMs,
    usedMs: nowMs,
    ownedSinceMs: nowMs,
    affinity: undefined,
    expirySlot: NOT_FILED,
    accountedBytes: 0,
    measuredBytes: bytes,
  };
}

/** Rate limits that belong to no session are not in the tier either. */
export function nothingStored(
  { tiering }: CoreContext,
  { kind }: Pick<RecordContent, 'kind'>,
): number {
  return tiering.enabled && kind !== 'shared' ? -1 : Number.POSITIVE_INFINITY;
}
