import { buriedOf } from '../endings/tombstones.js';
import { type HeldRecord, LooseRecord } from '../memory/held-record.js';
import type { EncodedCopy, LinkEntry, Refusal } from '../messages.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  type SessionRecord,
  type Tombstone,
} from '../record/record.js';

export type CopyStep =
  | { readonly kind: 'keep' }
  | { readonly kind: 'store'; readonly record: HeldRecord }
  | { readonly kind: 'remove' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

const KEEP: CopyStep = { kind: 'keep' };

/** What a node knows of a key when an entry for it arrives. */
export interface CopySituation {
  readonly self: Incarnation;
  readonly record: SessionRecord | undefined;
  readonly tombstone: Tombstone | undefined;
  readonly promised: Lineage | undefined;
  readonly nowMs: number;
}

/**
 * The rules of a backup, one entry at a time (replication invariants I2, I4, I8):
 *
 * - a buried key stays buried;
 * - whoever promised or holds a higher lineage refuses a lower one, however late it arrives;
 * - a delta is applied only directly after what is held; one that is already in is acknowledged
 *   again; anything else asks for a snapshot;
 * - a snapshot never replaces something newer.
 */
export function stepCopy(
  situation: CopySituation,
  from: Incarnation,
  entry: Exclude<LinkEntry, { kind: 'bury' }>,
): CopyStep {
  const { record, tombstone } = situation;
  if (tombstone) return refuseBuried(situation, entry);
  const lineage: Lineage = { epoch: entryEpoch(entry), owner: from };
  const fence = highestFence(situation);
  if (fence && compareLineages(fence, lineage) > 0) {
    return { kind: 'refuse', refusal: { kind: 'fenced', key: entry.key, by: fence } };
  }
  switch (entry.kind) {
    case 'drop':
      return record?.role === 'backup' ? { kind: 'remove' } : KEEP;
    case 'snapshot':
    case 'rotate':
      return stepSnapshot(situation, entry.key, entry.copy);
    case 'touch':
      return stepTouch(situation, lineage, entry);
    case 'delta':
      return stepDelta(situation, lineage, entry);
  }
}

function refuseBuried(
  situation: CopySituation,
  entry: Exclude<LinkEntry, { kind: 'bury' }>,
): CopyStep {
  const { tombstone, nowMs } = situation;
  if (!tombstone || entry.kind === 'drop') return KEEP;
  return { kind: 'refuse', refusal: { kind: 'buried', buried: buriedOf(tombstone, nowMs) } };
}

function entryEpoch(entry: Exclude<LinkEntry, { kind: 'bury' }>): number {
  return entry.kind === 'snapshot' || entry.kind === 'rotate' ? entry.copy.epoch : entry.epoch;
}

/** The highest lineage this node has promised, holds or leads for the key. */
function highestFence(situation: CopySituation): Lineage | undefined {
  const { record, promised, self } = situation;
  const own: Lineage | undefined = record && {
    epoch: record.epoch,
    owner: record.role === 'owner' ? self : record.owner,
  };
  if (!own || !promised) return own ?? promised;
  return compareLineages(own, promised) >= 0 ? own : promised;
}

function stepSnapshot(situation: CopySituation, key: string, copy: EncodedCopy): CopyStep {
  const { record, nowMs } = situation;
  const older =
    record?.role === 'backup' &&
    record.owner === copy.owner &&
    record.epoch === copy.epoch &&
    record.seq > copy.seq;
  return older ? KEEP : { kind: 'store', record: heldFrom(key, copy, nowMs) };
}

/** A copy from the wire, with its deadlines on this node's clock. */
export function heldFrom(key: string, copy: EncodedCopy, nowMs: number): HeldRecord {
  return new LooseRecord({
    key,
    epoch: copy.epoch,
    seq: copy.seq,
    owner: copy.owner,
    backups: copy.backups,
    base: copy.base,
    tail: copy.tail,
    idleDeadlineMs: nowMs + copy.idleRemainingMs,
    absoluteDeadlineMs: nowMs + copy.absoluteRemainingMs,
  });
}

/** The wire form of a held copy. */
export function copyOf(record: HeldRecord, nowMs: number): EncodedCopy {
  return {
    epoch: record.epoch,
    seq: record.seq,
    owner: record.owner,
    backups: record.backups,
    base: record.base,
    tail: record.tail,
    idleRemainingMs: Math.max(0, record.idleDeadlineMs - nowMs),
    absoluteRemainingMs: Math.max(0, record.absoluteDeadlineMs - nowMs),
  };
}

function stepTouch(
  situation: CopySituation,
  lineage: Lineage,
  entry: Extract<LinkEntry, { kind: 'touch' }>,
): CopyStep {
  const { record, nowMs } = situation;
  if (record?.role === 'backup' && sameLineage(record, lineage)) {
    record.idleDeadlineMs = nowMs + entry.idleRemainingMs;
  }
  return KEEP;
}

function stepDelta(
  situation: CopySituation,
  lineage: Lineage,
  entry: Extract<LinkEntry, { kind: 'delta' }>,
): CopyStep {
  const { record, nowMs } = situation;
  if (record?.role !== 'backup' || !sameLineage(record, lineage) || entry.seq > record.seq + 1) {
    return { kind: 'refuse', refusal: { kind: 'need-snapshot', key: entry.key } };
  }
  if (entry.seq <= record.seq) return KEEP;
  record.seq = entry.seq;
  record.append(entry.body);
  record.idleDeadlineMs = nowMs + entry.idleRemainingMs;
  return KEEP;
}

function sameLineage(record: HeldRecord, lineage: Lineage): boolean {
  return record.epoch === lineage.epoch && record.owner === lineage.owner;
}
