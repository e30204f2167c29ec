import { describe, expect, it } from 'vitest';
import { keyOf } from '../../test/wire/scripted-cluster.js';
import type { OwnerCall } from '../core/calls.js';
import { LIMITS } from '../core/limits.js';
import type { SessionObject } from '../core/values.js';
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
];

const REFUSED: readonly [string, OwnerCall, RegExp][] = [
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
