import type { CoreContext } from '../context.js';
import { advanceContent } from './content.js';
import type { OwnedRecord, RecordContent } from './record.js';
import type { DeltaBody } from './record-codec.js';

/** What a change may add beyond its own bytes: a number that grew, the headers of lists and maps. */
const MARGIN_BYTES = 64;
/** So that small records are not encoded at every other change. */
const DRIFT_BYTES = 2048;

/** The bytes of a new record when they are too many to travel; undefined when it fits. */
export function oversizeOf(context: CoreContext, content: RecordContent): number | undefined {
  const { codec, settings, nowMs } = context;
  if (settings.maxRecordBytes === undefined) return undefined;
  const bytes = codec.contentBytes(content, nowMs);
  return bytes > settings.maxRecordBytes ? bytes : undefined;
}

/**
 * The bytes a record would have with a change, when they are too many to travel; undefined when it
 * fits, and then they are noted. A record that no message can carry would have no copy, and would
 * hold up the link for all others. Encoded only when an upper bound says that it may not fit.
 */
export function oversizeWith(
  context: CoreContext,
  record: OwnedRecord,
  body: DeltaBody,
  bodyBytes: number,
): number | undefined {
  const { codec, settings, nowMs } = context;
  record.bytesAtMost += bodyBytes + MARGIN_BYTES;
  const maxRecordBytes = settings.maxRecordBytes ?? Number.POSITIVE_INFINITY;
  if (record.bytesAtMost <= Math.min(maxRecordBytes, drift(context, record))) return undefined;
  const bytes = codec.contentBytes(advanceContent(record.content, body, nowMs), nowMs);
  if (bytes > maxRecordBytes) {
    record.bytesAtMost -= bodyBytes + MARGIN_BYTES;
    return bytes;
  }
  record.bytesAtMost = bytes;
  record.measuredBytes = bytes;
  return undefined;
}

/** Up to where the bound is not measured anew: one that only grows would fill the memory by itself. */
function drift({ settings }: CoreContext, { measuredBytes }: OwnedRecord): number {
  if (settings.maxMemoryBytes === undefined) return Number.POSITIVE_INFINITY;
  return 2 * measuredBytes + DRIFT_BYTES;
}

/** The bytes of a new record, measured where they count; otherwise the most that it may have. */
export function firstBytesOf(context: CoreContext, content: RecordContent): number {
  const { codec, settings, nowMs } = context;
  if (settings.maxMemoryBytes !== undefined) return codec.contentBytes(content, nowMs);
  return settings.maxRecordBytes ?? 0;
}
