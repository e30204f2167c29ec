import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../test/wire/scripted-cluster.js';
import type { OwnerCall } from '../../core/calls/calls.js';
import { LIMITS } from '../../core/limits.js';
import type { SessionObject } from '../../core/values/values.js';
import { checkCall } from './check-call.js';

const key = keyOf('session');
const id = { origin: 'a~1', counter: 1, watermark: 1 };
const base = { epoch: 1, seq: 0 };
const durability = 'backup';
const journal = { key: 'k', fingerprint: 'f', outcome: new Uint8Array(1) };
const idleTimeoutMs = 60_000;
const absoluteTimeoutMs = 600_000;
const create = { kind: 'create', key, id, durability, data: {}, system: {}, journal } as const;
const commit = { kind: 'commit', key, id, base, exact: false, durability, journal } as const;
const rotate = { kind: 'rotate', key, id, base, durability, journal, acrossLogin: true } as const;
const consume = { kind: 'consume', key, id, scope: 'shared', intervalMs: 1, burst: 1 } as const;
const enlist = {
  kind: 'enlist',
  key,
  id,
  handle: key,
  session: key,
  limit: 1,
  policy: 'evict-oldest',
  absoluteTimeoutMs,
  createdMs: 0,
  seenMs: 0,
  device: new Uint8Array(),
} as const;
const lock = { kind: 'lock', key, id, name: 'n', leaseMs: 60_000, waitMs: 0 } as const;
const token = { epoch: 1, owner: 'a~1', counter: 1 };
const standing = { principal: key, handle: 'x', list: 'l', generation: 1 };
const operation = { kind: 'increment', path: ['data', 'n'], by: 1 } as const;
const broken = { f: () => 1 } as unknown as SessionObject;
const long = (characters: number) => 'x'.repeat(characters);

const ACCEPTED: OwnerCall[] = [
  { ...create, idleTimeoutMs, absoluteTimeoutMs },
  { ...commit, operations: [operation] },
  { ...rotate, to: key, operations: [operation], idleTimeoutMs, absoluteTimeoutMs },
  { ...consume, policy: 'login', cost: -1 },
  { kind: 'open', key },
  { kind: 'touch', key },
  { kind: 'destroy', key, reason: 'logout' },
  { kind: 'reserve', key, id, journalKey: 'k', fingerprint: 'f' },
  { kind: 'release', key, journalKey: 'k' },
  enlist,
  { ...enlist, limit: LIMITS.principalSessions, policy: 'reject', device: new Uint8Array(256) },
  { kind: 'delist', key, handle: key },
  { kind: 'list', key },
  { kind: 'revoke', key, id, which: 'all' },
  { kind: 'revoke', key, id, which: 'others', handle: key },
  lock,
  { kind: 'unlock', key, name: 'n', token },
  { ...commit, operations: [], lock: { name: 'n', token } },
];

const REFUSED: readonly [string, OwnerCall, RegExp][] = [
  ['a handle that is no key', { ...enlist, handle: '__proto__' }, /handle is/],
  ['a place for no session', { ...enlist, session: '' }, /session is/],
  ['a limit of none', { ...enlist, limit: 0 }, /limit is 0/],
  ['a limit beyond a list', { ...enlist, limit: 129 }, /limit is 129/],
  ['half a session', { ...enlist, limit: 1.5 }, /limit is 1.5/],
  ['a policy there is not', { ...enlist, policy: 'x' as 'reject' }, /policy is/],
  ['a large device', { ...enlist, device: new Uint8Array(257) }, /deviceBytes/],
  ['a time that is none', { ...enlist, createdMs: Number.NaN }, /createdMs/],
  ['nobody to spare', { kind: 'revoke', key, id, which: 'others' }, /handle is/],
  ['a lease without end', { ...lock, leaseMs: 60_001 }, /leaseMs/],
  ['no lease', { ...lock, leaseMs: 0 }, /leaseMs/],
  ['a wait without end', { ...lock, waitMs: 1 / 0 }, /waitMs/],
  ['a long lock', { ...lock, name: long(65) }, /lock name/],
  [
    'a token that is none',
    { ...commit, operations: [], lock: { name: 'n', token: { ...token, counter: -1 } } },
    /counter/,
  ],
  [
    'a standing nobody has',
    { ...create, idleTimeoutMs, absoluteTimeoutMs, standing },
    /handle is "x"/,
  ],
  ['a short key', { kind: 'open', key: 'abc' }, /key is "abc"/],
  ['a key with bits beyond its bytes', { kind: 'touch', key: `${key.slice(0, 42)}B` }, /key is/],
  ['a key of another alphabet', { kind: 'open', key: `+${key.slice(1)}` }, /key is/],
  ['a successor without a key', { ...rotate, to: '', operations: [] }, /to is ""/],
  [
    'data no session holds',
    { ...create, data: broken, idleTimeoutMs, absoluteTimeoutMs },
    /f is a/,
  ],
  [
    'a system no session holds',
    { ...create, system: broken, idleTimeoutMs, absoluteTimeoutMs },
    /f/,
  ],
  ['no end', { ...create, idleTimeoutMs, absoluteTimeoutMs: 1 / 0 }, /absoluteTimeoutMs/],
  ['no idle time', { ...create, idleTimeoutMs: 0, absoluteTimeoutMs }, /idleTimeoutMs/],
  ['an idle time that is none', { ...commit, operations: [], idleTimeoutMs: Number.NaN }, /idle/],
  [
    'too many operations',
    { ...commit, operations: Array(LIMITS.operationsPerCommit + 1).fill(operation) },
    /operationsPerCommit/,
  ],
  [
    'a long outcome',
    { ...commit, operations: [], journal: { ...journal, outcome: new Uint8Array(4097) } },
    /journalOutcomeBytes/,
  ],
  [
    'a long fingerprint',
    { ...commit, operations: [], journal: { ...journal, fingerprint: long(129) } },
    /fingerprint/,
  ],
  [
    'a long journal key',
    { kind: 'reserve', key, id, journalKey: long(256), fingerprint: '' },
    /journal key/,
  ],
  ['a long released key', { kind: 'release', key, journalKey: long(256) }, /journal key/],
  ['a long reason', { kind: 'destroy', key, reason: long(65) }, /reason/],
  ['a long policy name', { ...consume, policy: long(129), cost: 1 }, /policy.name/],
  ['no interval', { ...consume, policy: 'p', cost: 1, intervalMs: 0 }, /intervalMs/],
  ['an endless burst', { ...consume, policy: 'p', cost: 1, burst: 1 / 0 }, /burst/],
  ['an endless cost', { ...consume, policy: 'p', cost: 1 / 0 }, /cost/],
];

describe('a call', () => {
  it.each(ACCEPTED.map((call) => [call.kind, call] as const))('may be: %s', (_kind, call) => {
    expect(() => checkCall(call)).not.toThrow();
  });

  it.each(REFUSED)('is refused with %s', (_name, call, reason) => {
    expect(() => checkCall(call)).toThrow(reason);
  });
});
