import { advanceContent } from './content.js';
import type { CoreContext } from './context.js';
import type { OwnedRecord, RecordContent } from './record.js';
import type { DeltaBody } from './record-codec.js';

/** What a change may add beyond its own bytes: a number that grew, the headers of lists and maps. */
const MARGIN_BYTES = 64;

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
  const { maxRecordBytes } = settings;
  if (maxRecordBytes === undefined || record.bytesAtMost <= maxRecordBytes) return undefined;
  const bytes = codec.contentBytes(advanceContent(record.content, body, nowMs), nowMs);
  if (bytes > maxRecordBytes) {
    record.bytesAtMost -= bodyBytes + MARGIN_BYTES;
    return bytes;
  }
  record.bytesAtMost = bytes;
  return undefined;
}
