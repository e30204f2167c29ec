import { packAs, unpackValue } from '../codec/msgpack.js';
import { journalEntry } from '../codec/wire/fields.js';
import { document } from '../codec/wire/session-values.js';
import type { JournalRecord } from '../core/record/journal.js';
import type { SessionDocument } from '../core/values/values.js';
import { FrameError } from '../errors.js';

/** In front of every document, so that a later layout can be told from this one. */
const LAYOUT = 1;

/** The bytes of what a session holds, with all types that it may hold; for stores of your own. */
export function encodeDocument(value: SessionDocument): Buffer {
  return Buffer.concat([Buffer.of(LAYOUT), packAs(document, value)]);
}

/** What {@link encodeDocument} was given. Throws `FrameError` for bytes that are none of its own. */
export function decodeDocument(bytes: Buffer): SessionDocument {
  if (bytes[0] !== LAYOUT) throw new FrameError(`the store holds layout ${bytes[0]}`);
  return document.read(unpackValue(bytes.subarray(1)), 'document');
}

export function encodeEntry(entry: JournalRecord | undefined): Buffer {
  return entry ? Buffer.from(packAs(journalEntry, entry)) : Buffer.alloc(0);
}

export function decodeEntry(bytes: Buffer): JournalRecord {
  return journalEntry.read(unpackValue(bytes), 'journal');
}
