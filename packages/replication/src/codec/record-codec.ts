import type { RecordContent } from '../core/record.js';
import type { DeltaBody, RecordCodec } from '../core/record-codec.js';
import { commitId, document, journalEntry, operations } from './message-schema.js';
import { packValue, unpackValue } from './msgpack.js';
import { list, number, oneOf, optional, type Schema, struct, text } from './schema.js';

const RATES = 64;

const rate: Schema<readonly [string, number]> = {
  pack: (value) => value,
  read: (raw, where) => {
    const pair = list(rateItem, 2).read(raw, where);
    return [text(128).read(pair[0], where), number.read(pair[1], where)];
  },
};
const rateItem: Schema<unknown> = { pack: (value) => value, read: (raw) => raw };

const contentSchema = struct({
  document,
  idleTimeoutMs: number,
  journal: list(journalEntry, 64),
  applied: list(commitId, 1024),
  rates: list(rate, RATES),
  kind: oneOf('session', 'shared'),
});

const deltaSchema = struct({
  operations,
  id: optional(commitId),
  journal: optional(journalEntry),
  idleTimeoutMs: optional(number),
  rates: optional(list(rate, RATES)),
});

/** Records and deltas as self-contained msgpack; instants are written as remaining time. */
export const msgpackRecordCodec: RecordCodec = {
  encodeContent(content: RecordContent, nowMs: number): Uint8Array {
    const rates = [...content.rates]
      .map(([policy, arrivalMs]) => [policy, arrivalMs - nowMs] as const)
      .filter(([, remainingMs]) => remainingMs > 0);
    return packValue(contentSchema.pack({ ...content, rates }));
  },

  decodeContent(bytes: Uint8Array, nowMs: number): RecordContent {
    const read = contentSchema.read(unpackValue(bytes), 'record');
    const rates = new Map(read.rates.map(([policy, remainingMs]) => [policy, nowMs + remainingMs]));
    return { ...read, rates };
  },

  encodeDelta(body: DeltaBody): Uint8Array {
    return packValue(deltaSchema.pack(body as never));
  },

  decodeDelta(bytes: Uint8Array): DeltaBody {
    return deltaSchema.read(unpackValue(bytes), 'delta');
  },
};
