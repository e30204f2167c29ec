import { LIMITS } from '../limits.js';
import { boundLog } from '../sides/bound-log.js';
import { logChange, pastWith } from '../sides/change-log.js';
import { applyOperations } from '../values/apply.js';
import { rememberApplied } from './applied-commits.js';
import type { HybridTime } from './hybrid-clock.js';
import { addToJournal } from './journal.js';
import type { Stamp } from './lineage-past.js';
import type { RecordContent } from './record.js';
import type { DeltaBody, RecordCodec } from './record-codec.js';

/** The contents after a numbered change; the same on the owner and on whoever adopts the record. */
export function advanceContent(
  content: RecordContent,
  delta: DeltaBody,
  nowMs: number,
): RecordContent {
  const { merged } = delta;
  let journal = content.journal;
  for (const entry of merged?.journal ?? []) journal = addToJournal(journal, entry);
  if (delta.journal) journal = addToJournal(journal, delta.journal);
  let applied = content.applied;
  for (const id of merged?.applied ?? []) applied = rememberApplied(applied, id);
  if (delta.id) applied = rememberApplied(applied, delta.id);
  return {
    kind: content.kind,
    document:
      delta.operations.length > 0
        ? applyOperations(content.document, delta.operations)
        : content.document,
    idleTimeoutMs: delta.idleTimeoutMs ?? content.idleTimeoutMs,
    journal,
    applied,
    rates: delta.rates ? mergeRates(content.rates, delta.rates, nowMs) : content.rates,
    standing: content.standing,
    changedAt: changedAtWith(content, delta),
    past: merged ? pastWith(content.past, merged) : content.past,
  };
}

/**
 * Reads an encoded copy: its base and the deltas appended to it. With the stamp of its last change,
 * an open log goes on through the deltas.
 */
export function decodeCopy(
  codec: RecordCodec,
  base: Uint8Array,
  tail: readonly Uint8Array[],
  nowMs: number,
  stamp?: Stamp,
): RecordContent {
  let content = codec.decodeContent(base, nowMs);
  let seq = (stamp?.seq ?? 0) - tail.length;
  for (const bytes of tail) {
    const delta = codec.decodeDelta(bytes);
    const before = content.document;
    content = advanceContent(content, delta, nowMs);
    seq++;
    if (!stamp) continue;
    const { epoch, owner } = stamp;
    const at = content.changedAt ?? 0;
    content = logChange(content, before, delta, { epoch, owner, seq, at, body: bytes });
  }
  if (!stamp || tail.length === 0) return content;
  // Whoever has a change of the tail has acknowledged it, and it was answered on that.
  const answeredAt = content.changedAt ?? content.answeredAt;
  return boundLog({ ...content, answeredAt }, stamp, content.changedAt ?? 0, codec.decodeDelta);
}

function changedAtWith(
  { changedAt }: RecordContent,
  { sinceLast }: DeltaBody,
): HybridTime | undefined {
  return sinceLast === undefined ? changedAt : (changedAt ?? 0) + sinceLast;
}

function mergeRates(
  rates: ReadonlyMap<string, number>,
  changes: readonly (readonly [string, number])[],
  nowMs: number,
): ReadonlyMap<string, number> {
  const merged = new Map<string, number>();
  for (const [policy, arrivalMs] of rates) if (arrivalMs > nowMs) merged.set(policy, arrivalMs);
  for (const [policy, remainingMs] of changes) {
    merged.delete(policy);
    merged.set(policy, nowMs + remainingMs);
  }
  while (merged.size > LIMITS.ratesPerRecord) merged.delete(merged.keys().next().value as string);
  return merged;
}
