import type { RecordContent } from '../core/record.js';
import type { RecordCodec } from '../core/record-codec.js';
import { compress, expand, expandedBytes } from './compress.js';
import { commitId, document, journalEntry, operations } from './message-schema.js';
import { packAs, packBriefly, unpackValue } from './msgpack.js';
import { list, number, oneOf, optional, readAs, type Schema, struct, text } from './schema.js';

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

/** For a shell that does not say what its bus takes: what no NATS server is configured beyond. */
const MAX_CONTENT_BYTES = 64 * 1024 * 1024;

/**
 * Records and deltas as self-contained msgpack; instants are written as remaining time. A record
 * above 4 KB is compressed, once, at its owner: it travels and is held so. A record that would
 * expand to more than `maxContentBytes` is refused.
 */
export function recordCodec(maxContentBytes: number): RecordCodec {
  return {
    encodeContent: (content, nowMs) => compress(packContent(content, nowMs)),
    contentBytes: (content, nowMs) => packContent(content, nowMs).length,
    expandedBytes,

    decodeContent(bytes, nowMs): RecordContent {
      const content = unpackValue(expand(bytes, maxContentBytes));
      const read = readAs(contentSchema, content, 'record');
      const rates = new Map(
        read.rates.map(([policy, remainingMs]) => [policy, nowMs + remainingMs]),
      );
      return { ...read, rates };
    },

    encodeDelta: (body) => packBriefly(deltaSchema, body as never),
    decodeDelta: (bytes) => readAs(deltaSchema, unpackValue(bytes), 'delta'),
  };
}

export const msgpackRecordCodec = recordCodec(MAX_CONTENT_BYTES);

function packContent(content: RecordContent, nowMs: number): Uint8Array {
  const rates = [...content.rates]
    .map(([policy, arrivalMs]) => [policy, arrivalMs - nowMs] as const)
    .filter(([, remainingMs]) => remainingMs > 0);
  return packAs(contentSchema, { ...content, rates });
}
