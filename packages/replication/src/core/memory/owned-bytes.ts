import type { OwnedRecord } from '../record/record.js';

/** What a session takes as objects, with its recent versions, per encoded byte (ADR 10). */
const OBJECT_FACTOR = 4;
/** Of a record of either role: its key, its entries in the map and in the timing wheel. */
export const ENTRY_BYTES = 128;

/** About what an owned record takes of the heap; nobody can ask the engine how much it is. */
export function ownedBytesOf({ bytesAtMost }: OwnedRecord): number {
  return OBJECT_FACTOR * bytesAtMost + ENTRY_BYTES;
}
