import { LIMITS } from '../core/limits.js';
import type { RecordContent } from '../core/record/record.js';
import type { RecordCodec } from '../core/record/record-codec.js';
import type { ForgottenKey } from '../core/sides/forgotten-keys.js';
import { compress, expand, expandedBytes } from './compress.js';
import { packAs, packBriefly, unpackValue } from './msgpack.js';
import {
  appended,
  bytes,
  integer,
  list,
  number,
  oneOf,
  optional,
  readAs,
  type Schema,
  struct,
  text,
} from './schema.js';
import { commitId, incarnation, journalEntry, stamp, stamps } from './wire/fields.js';
import { operations } from './wire/operations.js';
import { standing } from './wire/principals.js';
import { document } from './wire/session-values.js';

const RATES = 64;

const rate: Schema<readonly [string, number]> = {
  pack: (value) => value,
  read: (raw, where) => {
    const pair = list(rateItem, 2).read(raw, where);
    return [text(128).read(pair[0], where), number.read(pair[1], where)];
  },
};
const rateItem: Schema<unknown> = { pack: (value) => value, read: (raw) => raw };

const loggedChange = struct({
  epoch: integer,
  owner: incarnation,
  seq: integer,
  at: integer,
  body: bytes,
});
const changes = list(loggedChange, LIMITS.changeLog * 2);

const forgottenKey: Schema<ForgottenKey> = {
  pack: (value) => value,
  read: (raw, where) => {
    const parts = list(rateItem, 3).read(raw, where);
    return [
      text(8).read(parts[0], where),
      keyName.read(parts[1], where),
      integer.read(parts[2], where),
    ];
  },
};
const keyName = text(Number.MAX_SAFE_INTEGER);
const forgotten = list(forgottenKey, LIMITS.changeLogKeys * 4);

const changeLog = struct({
  floor: stamp,
  openedAt: integer,
  base: document,
  baseBytes: integer,
  changes,
  forgotten,
  reach: appended(stamps),
});

const past = struct({ contains: stamps, log: optional(changeLog) });

const merged = struct({
  contains: stamps,
  changes,
  forgotten,
  applied: list(commitId, 1024),
  journal: list(journalEntry, 64),
});

const contentSchema = struct({
  document,
  idleTimeoutMs: number,
  journal: list(journalEntry, 64),
  applied: list(commitId, 1024),
  rates: list(rate, RATES),
  kind: oneOf('session', 'shared', 'principal'),
  changedAt: appended(integer),
  answeredAt: appended(integer),
  past: appended(past),
  standing: appended(standing),
});

const deltaSchema = struct({
  operations,
  id: optional(commitId),
  journal: optional(journalEntry),
  idleTimeoutMs: optional(number),
  rates: optional(list(rate, RATES)),
  sinceLast: appended(number),
  merged: appended(merged),
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
  return packAs(contentSchema, { ...content, rates } as never);
}
