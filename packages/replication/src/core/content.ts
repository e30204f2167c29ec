import { rememberApplied } from './applied-commits.js';
import { applyOperations } from './apply.js';
import { addToJournal } from './journal.js';
import { LIMITS } from './limits.js';
import type { RecordContent } from './record.js';
import type { DeltaBody, RecordCodec } from './record-codec.js';

/** The contents after a numbered change; the same on the owner and on whoever adopts the record. */
export function advanceContent(
  content: RecordContent,
  delta: DeltaBody,
  nowMs: number,
): RecordContent {
  return {
    kind: content.kind,
    document:
      delta.operations.length > 0
        ? applyOperations(content.document, delta.operations)
        : content.document,
    idleTimeoutMs: delta.idleTimeoutMs ?? content.idleTimeoutMs,
    journal: delta.journal ? addToJournal(content.journal, delta.journal) : content.journal,
    applied: delta.id ? rememberApplied(content.applied, delta.id) : content.applied,
    rates: delta.rates ? mergeRates(content.rates, delta.rates, nowMs) : content.rates,
  };
}

/** Reads an encoded copy: its base and the deltas appended to it. */
export function decodeCopy(
  codec: RecordCodec,
  base: Uint8Array,
  tail: readonly Uint8Array[],
  nowMs: number,
): RecordContent {
  let content = codec.decodeContent(base, nowMs);
  for (const bytes of tail) content = advanceContent(content, codec.decodeDelta(bytes), nowMs);
  return content;
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
