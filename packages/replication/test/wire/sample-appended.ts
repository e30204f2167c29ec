import { createHash } from 'node:crypto';
import type { CallResult, OwnerCall, RecordView } from '../../src/core/calls/calls.js';
import type { BuriedKey, EncodedCopy, Message } from '../../src/core/messages.js';
import type { LockCall, LockResult } from '../../src/core/owner/lock-calls.js';
import type { PrincipalCall, PrincipalResult } from '../../src/core/principals/principal-calls.js';
import type { Standing } from '../../src/core/principals/standing.js';

const digest = (name: string) => createHash('sha256').update(name).digest('base64url');
const key = digest('session');
const to = digest('successor');
const principal = digest('principal');
const id = { origin: 'n1~b00t', counter: 7, watermark: 5 };
const version = { epoch: 3, seq: 41 };
const journal = { key: 'idempotency-1', fingerprint: 'f00d', outcome: new Uint8Array([1, 2, 3]) };
const handle = digest('handle');
const standing: Standing = { principal, handle, list: 'n1~b00t/7', generation: 2 };
const token = { epoch: 3, owner: 'n1~b00t', counter: 9 };
const ended = [{ handle, session: key }];
const durability = 'backup';

const heartbeat = {
  kind: 'heartbeat',
  state: 'active',
  id: 'n1',
  label: 'n1',
  weight: 1,
  owned: 1000,
  held: 999,
} as const;

const copy: EncodedCopy = {
  epoch: 3,
  seq: 41,
  owner: 'n1~b00t',
  backups: ['n2~b00t'],
  base: new Uint8Array([1, 2, 3]),
  tail: [],
  idleRemainingMs: 1000,
  absoluteRemainingMs: 2000,
};

const buried: BuriedKey = {
  key,
  version,
  remainingMs: 900_000,
  reason: 'rotated',
  replay: {
    journalKey: 'idempotency-1',
    fingerprint: 'f00d',
    successor: to,
    remainingMs: 30_000,
  },
};
const revoked: BuriedKey = {
  key,
  version,
  remainingMs: 900_000,
  alias: { key: to, remainingMs: 0 },
  reason: 'revoked',
  andSuccessors: true,
};

const view: RecordView = {
  key,
  version,
  document: { data: {}, system: {} },
  idleRemainingMs: 1000,
  absoluteRemainingMs: 2000,
  owner: 'n1',
  backups: ['n2'],
};

type Calls = {
  readonly [K in PrincipalCall['kind']]: readonly Extract<PrincipalCall, { kind: K }>[];
};
const PRINCIPAL_CALLS: Calls = {
  enlist: [
    {
      kind: 'enlist',
      key: principal,
      id,
      handle,
      session: key,
      limit: 3,
      policy: 'reject',
      absoluteTimeoutMs: 43_200_000,
      createdMs: 1_700_000_000_000,
      seenMs: 1_700_000_000_001,
      device: new Uint8Array([1, 255]),
    },
  ],
  delist: [
    { kind: 'delist', key: principal, handle },
    { kind: 'delist', key: principal, handle, session: key },
  ],
  list: [{ kind: 'list', key: principal }],
  revoke: [
    { kind: 'revoke', key: principal, id, which: 'all' },
    { kind: 'revoke', key: principal, id, which: 'others', handle },
  ],
  standing: [{ kind: 'standing', key: principal, session: key, standing }],
};

type Results = {
  readonly [K in PrincipalResult['kind']]: readonly Extract<PrincipalResult, { kind: K }>[];
};
const PRINCIPAL_RESULTS: Results = {
  enlisted: [{ kind: 'enlisted', standing, ended }],
  full: [{ kind: 'full', sessions: 3 }],
  listed: [
    {
      kind: 'listed',
      generation: 2,
      sessions: [
        {
          handle,
          session: key,
          createdMs: 1,
          seenMs: 2,
          device: new Uint8Array([3]),
          confirmed: true,
        },
      ],
    },
  ],
  revoked: [{ kind: 'revoked', generation: 3, ended }],
  standing: [{ kind: 'standing', valid: false }],
};

const LOCK_CALLS: readonly LockCall[] = [
  { kind: 'lock', key, id, name: 'checkout', leaseMs: 5000, waitMs: 250.5 },
  { kind: 'unlock', key, name: 'checkout', token },
];
const LOCK_RESULTS: readonly LockResult[] = [
  { kind: 'locked', token, leaseMs: 5000 },
  { kind: 'lock-busy', retryAfterMs: 1200 },
  { kind: 'lock-lost' },
];

/** Fields that older structures got. */
const EXTENDED_CALLS: readonly OwnerCall[] = [
  {
    kind: 'create',
    key,
    id,
    data: {},
    system: {},
    idleTimeoutMs: 1000,
    absoluteTimeoutMs: 2000,
    durability,
    standing,
  },
  {
    kind: 'commit',
    key,
    id,
    base: version,
    operations: [],
    exact: false,
    durability,
    lock: { name: 'checkout', token },
  },
  {
    kind: 'commit',
    key,
    id,
    base: version,
    operations: [],
    exact: false,
    durability,
    journal,
    again: true,
  },
  {
    kind: 'rotate',
    key,
    id,
    to,
    base: version,
    operations: [],
    acrossLogin: true,
    durability,
    again: true,
    standing,
  },
];
const EXTENDED_RESULTS: readonly CallResult[] = [
  { kind: 'committed', view, copies: 1, entry: journal },
  { kind: 'in-progress', fingerprint: 'f00d' },
  { kind: 'rotated' },
  { kind: 'destroyed', reason: 'evicted' },
  { kind: 'destroyed', reason: 'rotated', replay: to },
];

const UNTOUCHED_RESULTS: readonly CallResult[] = [
  { kind: 'destroyed', reason: 'rotated', untouched: true },
  { kind: 'destroyed', alias: to, reason: 'rotated', untouched: true },
];

const request = 12;
const asked = (calls: readonly OwnerCall[]): Message[] =>
  calls.map((call) => ({ kind: 'call', request, call }));
const answered = (results: readonly CallResult[]): Message[] =>
  results.map((result) => ({ kind: 'result', request, result }));

/** What the wire version learned after its golden files were written; each with a file of its own. */
export const APPENDED: Readonly<Record<string, readonly Message[]>> = {
  principals: [
    ...asked(Object.values(PRINCIPAL_CALLS).flat()),
    ...answered(Object.values(PRINCIPAL_RESULTS).flat()),
  ],
  locks: [...asked(LOCK_CALLS), ...answered(LOCK_RESULTS)],
  'ends-and-logins': [
    { kind: 'bury', request, buried: [buried, revoked] },
    ...asked(EXTENDED_CALLS),
    ...answered(EXTENDED_RESULTS),
  ],
  untouched: answered(UNTOUCHED_RESULTS),
  'grants-apart': [
    { kind: 'grant', request, key, epoch: 4, from: version, idleRemainingMs: 1000, copy },
    {
      kind: 'grant',
      request,
      key,
      epoch: 4,
      from: version,
      idleRemainingMs: 1000,
      isLogOpen: true,
    },
  ],
  'dated-heartbeats': [
    { ...heartbeat, clock: 1_700_000_000_000 },
    { ...heartbeat, clock: 1_700_000_000_000, ageMs: 86_400_000 },
  ],
};
