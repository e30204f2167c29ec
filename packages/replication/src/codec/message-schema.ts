import type { CommitId } from '../core/applied-commits.js';
import { assertOperations } from '../core/assert-operations.js';
import { assertSessionValue } from '../core/assert-value.js';
import { DIGEST_BUCKETS, ROOT_BYTES, SUMS_BYTES } from '../core/digest.js';
import { END_REASONS } from '../core/end-reasons.js';
import { LIMITS } from '../core/limits.js';
import type { Message } from '../core/messages.js';
import type { Operation } from '../core/operations.js';
import type { SessionDocument, SessionObject, SessionValue } from '../core/values.js';
import { FrameError } from '../errors.js';
import { toPackable } from './packable.js';
import {
  appended,
  bytes,
  flag,
  integer,
  key,
  list,
  number,
  oneOf,
  optional,
  type Schema,
  struct,
  text,
  union,
  writeTo,
} from './schema.js';

export const incarnation = text(64);
const label = text(64);
const version = struct({ epoch: integer, seq: integer });
const lineage = struct({ epoch: integer, owner: incarnation });
export const stamp = struct({ epoch: integer, owner: incarnation, seq: integer });
export const stamps = list(stamp, LIMITS.formerLineages * 2);
const durability = oneOf('async', 'backup', 'all');

/** Time left, in whole milliseconds: a fraction would cost four bytes and mean nothing. */
const remaining: Schema<number> = {
  pack: Math.ceil,
  write: (value, out) => out.number(Math.ceil(value)),
  read: number.read,
};

/** A session value from the bus obeys the same rules as one from an application. */
const value: Schema<SessionValue> = {
  pack: toPackable,
  read: (raw, where) => {
    try {
      assertSessionValue(raw);
    } catch (cause) {
      throw new FrameError(`${where} is not a session value`, { cause });
    }
    return raw;
  },
};

const object: Schema<SessionObject> = {
  pack: toPackable,
  read: (raw, where) => {
    const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
    if (!isObject) throw new FrameError(`${where} is not an object`);
    return value.read(raw, where) as SessionObject;
  },
};

export const document: Schema<SessionDocument> = struct({ data: object, system: object });

/** Checked with the path it belongs to, which adds to its nesting. */
const unchecked: Schema<SessionValue> = { pack: toPackable, read: (raw) => raw as SessionValue };

const segment: Schema<string | number> = {
  pack: (raw) => raw,
  read: (raw, where) => {
    if (typeof raw === 'string' || Number.isSafeInteger(raw)) return raw as string | number;
    throw new FrameError(`${where} is not a path segment`);
  },
};
const path = list(segment, LIMITS.valueDepth + 2);

const operation = union('kind', {
  set: struct({ path, value: unchecked }),
  delete: struct({ path }),
  splice: struct({
    path,
    index: integer,
    deleteCount: integer,
    items: list(unchecked, 1_000_000),
  }),
  increment: struct({ path, by: number }),
});
const operationList = list(operation, LIMITS.operationsPerCommit);

export const operations: Schema<readonly Operation[]> = {
  pack: (raw) => operationList.pack(raw as never),
  write: (raw, out) => writeTo(operationList, raw as never, out),
  read: (raw, where) => {
    const read = operationList.read(raw, where) as readonly Operation[];
    try {
      assertOperations(read);
    } catch (cause) {
      throw new FrameError(`${where} are not operations`, { cause });
    }
    return read;
  },
};

const commitIdFields = struct({ origin: incarnation, counter: integer, open: integer });

/** The watermark as its distance, which is one byte where the watermark itself would be five. */
export const commitId: Schema<CommitId> = {
  pack: ({ origin, counter, watermark }) => [origin, counter, counter - watermark],
  write: ({ origin, counter, watermark }, out) => {
    out.list(3);
    out.text(origin);
    out.number(counter);
    out.number(counter - watermark);
  },
  read: (raw, where) => {
    const { origin, counter, open } = commitIdFields.read(raw, where);
    if (open > counter) throw new FrameError(`${where} is not a commit id`);
    return { origin, counter, watermark: counter - open };
  },
};
export const journalEntry = struct({
  key: text(LIMITS.journalKeyCharacters),
  fingerprint: text(128),
  outcome: bytes,
});

export const standing = struct({
  principal: key,
  handle: key,
  list: text(96),
  generation: integer,
});
const lockName = text(LIMITS.lockNameCharacters);
const lockToken = struct({ epoch: integer, owner: incarnation, counter: integer });
const handle = key;
const device: Schema<Uint8Array> = {
  pack: bytes.pack,
  read: (raw, where) => {
    const read = bytes.read(raw, where);
    if (read.length <= LIMITS.deviceBytes) return read;
    throw new FrameError(`${where} has more than ${LIMITS.deviceBytes} bytes`);
  },
};
const endedSession = struct({ handle, session: key });

const view = struct({
  key,
  version,
  document,
  idleRemainingMs: remaining,
  absoluteRemainingMs: remaining,
  owner: label,
  backups: list(label, LIMITS.members),
});

const call = union('kind', {
  open: struct({ key, seen: optional(version) }),
  create: struct({
    key,
    id: commitId,
    data: object,
    system: object,
    idleTimeoutMs: number,
    absoluteTimeoutMs: number,
    durability,
    journal: optional(journalEntry),
    standing: appended(standing),
  }),
  commit: struct({
    key,
    id: commitId,
    base: version,
    operations,
    exact: flag,
    durability,
    journal: optional(journalEntry),
    idleTimeoutMs: optional(number),
    hasBase: optional(flag),
    again: appended(flag),
    lock: appended(struct({ name: lockName, token: lockToken })),
  }),
  rotate: struct({
    key,
    id: commitId,
    to: key,
    base: version,
    operations,
    acrossLogin: flag,
    durability,
    journal: optional(journalEntry),
    idleTimeoutMs: optional(number),
    absoluteTimeoutMs: optional(number),
    again: appended(flag),
    standing: appended(standing),
  }),
  destroy: struct({ key, reason: text(64) }),
  reserve: struct({
    key,
    id: commitId,
    journalKey: text(LIMITS.journalKeyCharacters),
    fingerprint: text(128),
  }),
  release: struct({ key, journalKey: text(LIMITS.journalKeyCharacters) }),
  touch: struct({ key }),
  consume: struct({
    key,
    scope: oneOf('session', 'shared'),
    id: commitId,
    policy: text(128),
    intervalMs: number,
    burst: number,
    cost: number,
  }),
  enlist: struct({
    key,
    id: commitId,
    handle,
    session: key,
    limit: integer,
    policy: oneOf('evict-oldest', 'reject'),
    absoluteTimeoutMs: number,
    createdMs: number,
    seenMs: number,
    device,
  }),
  delist: struct({ key, handle, session: optional(key) }),
  list: struct({ key }),
  revoke: struct({
    key,
    id: commitId,
    which: oneOf('all', 'others', 'one'),
    handle: optional(handle),
  }),
  standing: struct({ key, session: key, standing }),
  lock: struct({ key, id: commitId, name: lockName, leaseMs: number, waitMs: number }),
  unlock: struct({ key, name: lockName, token: lockToken }),
});

const result = union('kind', {
  record: struct({ view, lost: optional(version) }),
  committed: struct({ view, copies: integer, entry: appended(journalEntry) }),
  conflict: struct({ view }),
  replayed: struct({ entry: journalEntry }),
  reserved: struct({}),
  'in-progress': struct({ fingerprint: appended(text(128)) }),
  rate: struct({
    allowed: flag,
    remaining: integer,
    retryAfterMs: number,
    resetAfterMs: number,
  }),
  destroyed: struct({
    alias: optional(key),
    reason: appended(oneOf(...END_REASONS)),
    replay: appended(key),
  }),
  unknown: struct({}),
  done: struct({}),
  refused: struct({ reason: text(256) }),
  'fate-unknown': struct({}),
  'too-large': struct({ bytes: integer, maxBytes: integer }),
  accepted: struct({
    version,
    owner: label,
    backups: list(label, LIMITS.members),
    copies: integer,
  }),
  rotated: struct({}),
  enlisted: struct({ standing, ended: list(endedSession, LIMITS.principalSessions * 2) }),
  full: struct({ sessions: integer }),
  listed: struct({
    generation: integer,
    sessions: list(
      struct({
        handle,
        session: key,
        createdMs: number,
        seenMs: number,
        device,
        confirmed: flag,
      }),
      LIMITS.principalSessions,
    ),
  }),
  revoked: struct({
    generation: integer,
    ended: list(endedSession, LIMITS.principalSessions * 2),
  }),
  standing: struct({ valid: flag }),
  locked: struct({ token: lockToken, leaseMs: number }),
  'lock-busy': struct({ retryAfterMs: number }),
  'lock-lost': struct({}),
});

const copy = struct({
  epoch: integer,
  seq: integer,
  owner: incarnation,
  backups: list(incarnation, LIMITS.members),
  base: bytes,
  tail: list(bytes, LIMITS.copyTail * 4),
  idleRemainingMs: remaining,
  absoluteRemainingMs: remaining,
  contains: appended(stamps),
});

const buried = struct({
  key,
  version: struct({ epoch: integer, seq: integer, ownerTag: appended(integer) }),
  remainingMs: remaining,
  alias: optional(struct({ key, remainingMs: remaining })),
  reason: appended(oneOf(...END_REASONS)),
  andSuccessors: appended(flag),
  replay: appended(
    struct({
      journalKey: text(LIMITS.journalKeyCharacters),
      fingerprint: text(128),
      successor: key,
      remainingMs: remaining,
    }),
  ),
});

const entry = union('kind', {
  delta: struct({ key, epoch: integer, seq: integer, idleRemainingMs: remaining, body: bytes }),
  snapshot: struct({ key, copy }),
  touch: struct({ key, epoch: integer, idleRemainingMs: remaining }),
  drop: struct({ key, epoch: integer }),
  bury: struct({ buried }),
  rotate: struct({ key, copy, buried }),
});

const refusal = union('kind', {
  fenced: struct({ key, by: lineage }),
  'need-snapshot': struct({ key }),
  buried: struct({ buried }),
});

const located = union('role', {
  none: struct({ promised: optional(lineage) }),
  owner: struct({ version }),
  backup: struct({ version, owner: incarnation, promised: optional(lineage) }),
  claiming: struct({ epoch: integer }),
  buried: struct({ buried }),
});

const claimAnswer = union('kind', {
  promised: struct({ copy: optional(copy), holds: flag }),
  refused: struct({ by: lineage, owner: flag }),
  buried: struct({ buried }),
});

const copyStamp = struct({ key, epoch: integer, seq: integer, owner: incarnation });

const bucket: Schema<number> = {
  pack: (raw) => raw,
  read: (raw, where) => {
    const read = integer.read(raw, where);
    if (read >= DIGEST_BUCKETS) throw new FrameError(`${where} is not a bucket`);
    return read;
  },
};

function exactly(length: number): Schema<Uint8Array> {
  return {
    pack: (raw) => raw,
    read: (raw, where) => {
      const read = bytes.read(raw, where);
      if (read.length !== length) throw new FrameError(`${where} is not ${length} bytes`);
      return read;
    },
  };
}

/** Every message of wire version 1. The order is the format: append, never reorder or remove. */
export const message: Schema<Message> = union('kind', {
  heartbeat: struct({
    state: oneOf('joining', 'active', 'draining', 'leaving'),
    id: text(64),
    label,
    zone: optional(text(64)),
    weight: number,
    url: optional(text(LIMITS.urlCharacters)),
    pid: optional(integer),
    owned: integer,
    held: integer,
    wire: optional(struct({ min: integer, max: integer })),
    features: optional(integer),
    keys: optional(list(integer, LIMITS.keys + 1)),
    clock: appended(integer),
  }),
  probe: struct({}),
  alive: struct({}),
  accuse: struct({ incarnation }),
  obituary: struct({ incarnation }),
  witness: struct({ label }),
  'set-state': struct({ id: text(64), state: oneOf('drain', 'undrain') }),
  failover: struct({ from: label, to: label, sessions: integer, tookMs: number }),
  call: struct({ request: integer, call }),
  result: struct({ request: integer, result }),
  moved: struct({ request: integer, owner: optional(incarnation), epoch: integer }),
  locate: struct({ request: integer, key }),
  located: struct({ request: integer, found: located }),
  claim: struct({
    request: integer,
    key,
    epoch: integer,
    have: optional(struct({ epoch: integer, seq: integer, owner: incarnation })),
    gone: optional(list(incarnation, LIMITS.members)),
  }),
  claimed: struct({ request: integer, answer: claimAnswer }),
  replicate: struct({
    linkEpoch: integer,
    linkSeq: integer,
    entries: list(entry, LIMITS.frameEntries),
  }),
  replicated: struct({
    linkEpoch: integer,
    linkSeq: integer,
    refusals: list(refusal, LIMITS.frameEntries),
  }),
  'link-gap': struct({ linkEpoch: integer }),
  bury: struct({ request: integer, buried: list(buried, LIMITS.frameEntries) }),
  buried: struct({ request: integer }),
  grant: struct({
    request: integer,
    key,
    epoch: integer,
    from: version,
    idleRemainingMs: remaining,
  }),
  granted: struct({ request: integer, accepted: flag }),
  explain: struct({ request: integer, key }),
  explained: struct({
    request: integer,
    found: located,
    copies: list(struct({ holder: incarnation, lacks: integer }), LIMITS.members),
  }),
  digest: struct({ copies: exactly(ROOT_BYTES), ends: exactly(ROOT_BYTES) }),
  'digest-sums': struct({ part: oneOf('copies', 'ends'), sums: exactly(SUMS_BYTES) }),
  stamps: struct({
    part: oneOf('led', 'held'),
    buckets: list(bucket, DIGEST_BUCKETS),
    stamps: list(copyStamp, LIMITS.stampsPerMessage),
  }),
  mismatched: struct({
    part: oneOf('led', 'held', 'ends'),
    keys: list(key, LIMITS.stampsPerMessage),
  }),
  ends: struct({ buried: list(buried, LIMITS.stampsPerMessage) }),
  repair: struct({
    linkEpoch: integer,
    linkSeq: integer,
    entries: list(entry, LIMITS.frameEntries),
  }),
  orphan: struct({ request: integer, key, stamp, copy: optional(copy) }),
  adopted: struct({
    request: integer,
    verdict: oneOf('merged', 'wanted', 'elsewhere'),
    owner: optional(incarnation),
  }),
}) as unknown as Schema<Message>;
