import { createHash } from 'node:crypto';
import { ROOT_BYTES, SUMS_BYTES } from '../../src/core/anti-entropy/digest.js';
import type { CallResult, OwnerCall, RecordView } from '../../src/core/calls/calls.js';
import type {
  BuriedKey,
  ClaimAnswer,
  EncodedCopy,
  LinkEntry,
  Located,
  Message,
  Refusal,
} from '../../src/core/messages.js';
import type { LockCall, LockResult } from '../../src/core/owner/lock-calls.js';
import type { PrincipalCall, PrincipalResult } from '../../src/core/principals/principal-calls.js';
import type { Operation } from '../../src/core/values/operations.js';
import type { SessionDocument } from '../../src/core/values/values.js';
import { APPENDED } from './sample-appended.js';

const digest = (name: string) => createHash('sha256').update(name).digest('base64url');
const key = digest('session');
const to = digest('successor');
const id = { origin: 'n1~b00t', counter: 7, watermark: 5 };
const version = { epoch: 3, seq: 41 };
const lineage = { epoch: 4, owner: 'n2~b00t' };
const journal = { key: 'idempotency-1', fingerprint: 'f00d', outcome: new Uint8Array([1, 2, 3]) };
const durability = 'backup';

/** One of every kind of value a session may hold. */
const document: SessionDocument = {
  data: {
    text: 'tea, ☕ and 茶',
    number: -1.5,
    large: 2 ** 53,
    nothing: null,
    yes: true,
    list: [1, [2, { three: 3 }]],
    date: new Date('2026-01-02T03:04:05.678Z'),
    map: new Map<string, unknown>([['k', new Map([[1, 'v']])]]) as never,
    set: new Set(['a', 'b']),
    bigint: -(2n ** 70n),
    bytes: new Uint8Array([0, 127, 255]),
    half: 'cut \ud83d',
  },
  system: { principal: { id: 'u1', roles: ['admin'] } },
};

const OPERATIONS: readonly Operation[] = [
  { kind: 'set', path: ['data', 'cart', 'items', 0, 'n'], value: 2 },
  { kind: 'delete', path: ['system', 'principal'] },
  { kind: 'splice', path: ['data', 'items'], index: 1, deleteCount: 2, items: ['x', { y: null }] },
  { kind: 'increment', path: ['data', 'visits'], by: -3 },
];

const copy: EncodedCopy = {
  epoch: 3,
  seq: 41,
  owner: 'n1~b00t',
  backups: ['n2~b00t', 'n3~b00t'],
  base: new Uint8Array([0x91, 0x01]),
  tail: [new Uint8Array([2]), new Uint8Array([3, 4])],
  idleRemainingMs: 1_799_001,
  absoluteRemainingMs: 43_200_000,
};

const buried: BuriedKey = { key, version, remainingMs: 900_000 };
const aliased: BuriedKey = { ...buried, alias: { key: to, remainingMs: 15_000 } };

const view: RecordView = {
  key,
  version,
  document,
  idleRemainingMs: 1000,
  absoluteRemainingMs: 2000,
  owner: 'n1',
  backups: ['n2'],
};

/** Those that were there when the golden files were written; the others are in `APPENDED`. */
type FirstCall = Exclude<OwnerCall, PrincipalCall | LockCall>;
type FirstResult = Exclude<CallResult, PrincipalResult | LockResult | { kind: 'rotated' }>;

const CALLS: { readonly [K in FirstCall['kind']]: readonly Extract<OwnerCall, { kind: K }>[] } = {
  open: [
    { kind: 'open', key },
    { kind: 'open', key, seen: version },
  ],
  create: [
    {
      kind: 'create',
      key,
      id,
      ...document,
      idleTimeoutMs: 1_800_000,
      absoluteTimeoutMs: 43_200_000,
      durability,
      journal,
    },
  ],
  commit: [
    {
      kind: 'commit',
      key,
      id,
      base: version,
      operations: OPERATIONS,
      exact: true,
      durability: 'all',
      journal,
      idleTimeoutMs: 60_000,
    },
    { kind: 'commit', key, id, base: version, operations: [], exact: false, durability: 'async' },
    {
      kind: 'commit',
      key,
      id,
      base: version,
      operations: [],
      exact: false,
      durability: 'async',
      hasBase: true,
    },
  ],
  rotate: [
    {
      kind: 'rotate',
      key,
      id,
      to,
      base: version,
      operations: OPERATIONS,
      acrossLogin: true,
      durability,
      journal,
      idleTimeoutMs: 60_000,
      absoluteTimeoutMs: 120_000,
    },
  ],
  destroy: [{ kind: 'destroy', key, reason: 'logout' }],
  reserve: [{ kind: 'reserve', key, id, journalKey: 'idempotency-1', fingerprint: 'f00d' }],
  release: [{ kind: 'release', key, journalKey: 'idempotency-1' }],
  touch: [{ kind: 'touch', key }],
  consume: [
    {
      kind: 'consume',
      key,
      scope: 'shared',
      id,
      policy: 'login',
      intervalMs: 60_000,
      burst: 5,
      cost: -1,
    },
  ],
};

const RESULTS: {
  readonly [K in FirstResult['kind']]: readonly Extract<CallResult, { kind: K }>[];
} = {
  record: [
    { kind: 'record', view },
    { kind: 'record', view, lost: version },
  ],
  committed: [{ kind: 'committed', view, copies: 2 }],
  conflict: [{ kind: 'conflict', view }],
  replayed: [{ kind: 'replayed', entry: journal }],
  reserved: [{ kind: 'reserved' }],
  'in-progress': [{ kind: 'in-progress' }],
  rate: [{ kind: 'rate', allowed: false, remaining: 0, retryAfterMs: 12.5, resetAfterMs: 60_000 }],
  destroyed: [{ kind: 'destroyed' }, { kind: 'destroyed', alias: to }],
  unknown: [{ kind: 'unknown' }],
  done: [{ kind: 'done' }],
  refused: [{ kind: 'refused', reason: 'no other node can hold a copy' }],
  'fate-unknown': [{ kind: 'fate-unknown' }],
  'too-large': [{ kind: 'too-large', bytes: 2_000_000, maxBytes: 983_040 }],
  accepted: [{ kind: 'accepted', version, owner: 'n1', backups: ['n2'], copies: 1 }],
};

const ENTRIES: readonly LinkEntry[] = [
  { kind: 'delta', key, epoch: 3, seq: 42, idleRemainingMs: 1000, body: new Uint8Array([9, 8]) },
  { kind: 'snapshot', key, copy },
  { kind: 'touch', key, epoch: 3, idleRemainingMs: 1000 },
  { kind: 'drop', key, epoch: 3 },
  { kind: 'bury', buried },
  { kind: 'rotate', key: to, copy, buried: aliased },
];

const REFUSALS: readonly Refusal[] = [
  { kind: 'fenced', key, by: lineage },
  { kind: 'need-snapshot', key },
  { kind: 'buried', buried },
];

const LOCATED: readonly Located[] = [
  { role: 'none' },
  { role: 'none', promised: lineage },
  { role: 'owner', version },
  { role: 'backup', version, owner: 'n1~b00t' },
  { role: 'backup', version, owner: 'n1~b00t', promised: lineage },
  { role: 'claiming', epoch: 5 },
  { role: 'buried', buried: aliased },
];

const ANSWERS: readonly ClaimAnswer[] = [
  { kind: 'promised', holds: false },
  { kind: 'promised', holds: true, copy },
  { kind: 'refused', by: lineage, owner: true },
  { kind: 'buried', buried },
];

const request = 12;
const filled = (length: number) => new Uint8Array(length).map((_, index) => index);

const stamp = { epoch: 3, owner: 'n1~b00t', seq: 42 };

/** At least one of every kind of message, and of every variant inside one. */
export const SAMPLES: {
  readonly [K in Message['kind']]: readonly Extract<Message, { kind: K }>[];
} = {
  heartbeat: [
    {
      kind: 'heartbeat',
      state: 'active',
      id: 'n1',
      label: 'Xy_1-z',
      zone: 'eu-1a',
      weight: 1.5,
      url: 'http://127.0.0.1:3001',
      pid: 4242,
      owned: 1000,
      held: 999,
    },
    { kind: 'heartbeat', state: 'joining', id: 'n2', label: 'n2', weight: 1, owned: 0, held: 0 },
    { kind: 'heartbeat', state: 'draining', id: 'n3', label: 'n3', weight: 0, owned: 0, held: 0 },
    {
      kind: 'heartbeat',
      state: 'active',
      id: 'n5',
      label: 'n5',
      weight: 1,
      owned: 2,
      held: 3,
      wire: { min: 1, max: 2 },
      features: 5,
      keys: [0xdeadbeef, 7, 0],
    },
    { kind: 'heartbeat', state: 'leaving', id: 'n4', label: 'n4', weight: 1, owned: 0, held: 0 },
  ],
  probe: [{ kind: 'probe' }],
  alive: [{ kind: 'alive' }],
  accuse: [{ kind: 'accuse', incarnation: 'n2~b00t' }],
  obituary: [{ kind: 'obituary', incarnation: 'n2~b00t' }],
  witness: [{ kind: 'witness', label: 'n2' }],
  'set-state': [
    { kind: 'set-state', id: 'n1', state: 'drain' },
    { kind: 'set-state', id: 'n1', state: 'undrain' },
  ],
  failover: [{ kind: 'failover', from: 'n1', to: 'n2', sessions: 17, tookMs: 41.5 }],
  call: Object.values(CALLS)
    .flat()
    .map((call) => ({ kind: 'call', request, call })),
  result: Object.values(RESULTS)
    .flat()
    .map((result) => ({ kind: 'result', request, result })),
  moved: [
    { kind: 'moved', request, epoch: 0 },
    { kind: 'moved', request, owner: 'n2~b00t', epoch: 4 },
  ],
  locate: [{ kind: 'locate', request, key }],
  located: LOCATED.map((found) => ({ kind: 'located', request, found })),
  claim: [
    { kind: 'claim', request, key, epoch: 5 },
    {
      kind: 'claim',
      request,
      key,
      epoch: 5,
      have: { ...version, owner: 'n1~b00t' },
      gone: ['n1~b00t'],
    },
  ],
  claimed: ANSWERS.map((answer) => ({ kind: 'claimed', request, answer })),
  replicate: [
    { kind: 'replicate', linkEpoch: 2, linkSeq: 9, entries: [] },
    { kind: 'replicate', linkEpoch: 2, linkSeq: 10, entries: ENTRIES },
  ],
  replicated: [{ kind: 'replicated', linkEpoch: 2, linkSeq: 10, refusals: REFUSALS }],
  'link-gap': [{ kind: 'link-gap', linkEpoch: 2 }],
  bury: [{ kind: 'bury', request, buried: [buried, aliased] }],
  buried: [{ kind: 'buried', request }],
  grant: [{ kind: 'grant', request, key, epoch: 4, from: version, idleRemainingMs: 1000 }],
  granted: [
    { kind: 'granted', request, accepted: true },
    { kind: 'granted', request, accepted: false },
  ],
  explain: [{ kind: 'explain', request, key }],
  explained: [
    { kind: 'explained', request, found: { role: 'none' }, copies: [] },
    {
      kind: 'explained',
      request,
      found: { role: 'owner', version },
      copies: [{ holder: 'n2~b00t', lacks: 3 }],
    },
  ],
  digest: [{ kind: 'digest', copies: filled(ROOT_BYTES), ends: filled(ROOT_BYTES) }],
  'digest-sums': [
    { kind: 'digest-sums', part: 'copies', sums: filled(SUMS_BYTES) },
    { kind: 'digest-sums', part: 'ends', sums: filled(SUMS_BYTES) },
  ],
  stamps: [
    { kind: 'stamps', part: 'led', buckets: [0, 255], stamps: [] },
    { kind: 'stamps', part: 'held', buckets: [], stamps: [{ key, ...version, owner: 'n1~b00t' }] },
  ],
  mismatched: [
    { kind: 'mismatched', part: 'led', keys: [key] },
    { kind: 'mismatched', part: 'held', keys: [key, to] },
    { kind: 'mismatched', part: 'ends', keys: [] },
  ],
  repair: [
    { kind: 'repair', linkEpoch: 3, linkSeq: 1, entries: [{ kind: 'snapshot', key, copy }] },
  ],
  ends: [{ kind: 'ends', buried: [buried, aliased] }],
  orphan: [
    { kind: 'orphan', request, key, stamp },
    {
      kind: 'orphan',
      request,
      key,
      stamp,
      copy: { ...copy, contains: [{ epoch: 1, owner: 'n2~b00t', seq: 7 }] },
    },
  ],
  adopted: [
    { kind: 'adopted', request, verdict: 'merged' },
    { kind: 'adopted', request, verdict: 'wanted' },
    { kind: 'adopted', request, verdict: 'elsewhere', owner: 'n2~b00t' },
  ],
};

export const SAMPLE_MESSAGES: readonly Message[] = [
  ...Object.values(SAMPLES).flat(),
  ...Object.values(APPENDED).flat(),
];

/** Who sent them, in which cluster. */
export const SAMPLE_SENDER = 'n1~b00t';
export const SAMPLE_CLUSTER = 'golden';

/** Newest first; secrets of nobody. */
export const SAMPLE_KEYS = [
  { id: 'new', secret: 'a secret of no cluster, for frames of tests' },
  { id: 'old', secret: new Uint8Array(32).fill(7) },
];
