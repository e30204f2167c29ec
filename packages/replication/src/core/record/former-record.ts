import { NOBODY_WAITS, type OwnedRecord, type Tombstone } from './record.js';

/** A session as it was when it got another id, if whoever leads it since remembers that version. */
export function formerOf(
  successor: OwnedRecord,
  { key, version: { epoch, seq } }: Tombstone,
): OwnedRecord | undefined {
  const last = successor.history.find((each) => each.epoch === epoch && each.seq === seq - 1);
  if (!last) return undefined;
  const content = { ...successor.content, document: last.document };
  return { ...successor, key, epoch, seq: last.seq, content, waiters: NOBODY_WAITS };
}
