import type { Operation } from '../values/operations.js';
import type { CommitId } from './applied-commits.js';
import type { JournalRecord } from './journal.js';
import type { MergedLineage } from './lineage-past.js';
import type { RecordContent } from './record.js';

/** What a numbered commit changed; a backup appends it undecoded and reads it only to promote. */
export interface DeltaBody {
  readonly operations: readonly Operation[];
  readonly id?: CommitId | undefined;
  readonly journal?: JournalRecord | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** Policy name and the time until the limit is fully available again. */
  readonly rates?: readonly (readonly [policy: string, remainingMs: number])[] | undefined;
  /** How much later it was made than the change before it, in hybrid time: a few bytes, not nine. */
  readonly sinceLast?: number | undefined;
  /** A lineage of a lost side that this change brings in. */
  readonly merged?: MergedLineage | undefined;
}

/**
 * Turns contents into bytes and back. A seam, so that the core depends on no library; decoding
 * throws on bytes that are not an encoding.
 */
export interface RecordCodec {
  encodeContent(content: RecordContent, nowMs: number): Uint8Array;
  /** The bytes of a content before it is compressed: what counts against the size of a record. */
  contentBytes(content: RecordContent, nowMs: number): number;
  /** The same of one that is encoded, without decoding it. */
  expandedBytes(encoded: Uint8Array): number;
  decodeContent(bytes: Uint8Array, nowMs: number): RecordContent;
  encodeDelta(body: DeltaBody): Uint8Array;
  decodeDelta(bytes: Uint8Array): DeltaBody;
}
