import type { RecordContent } from '../../src/core/record/record.js';
import type { DeltaBody } from '../../src/core/record/record-codec.js';

const journal = { key: 'idempotency-1', fingerprint: 'f00d', outcome: new Uint8Array([1, 2, 3]) };

/** As it is at the instant 1000 of its node. */
export const SAMPLE_CONTENT: RecordContent = {
  document: {
    data: { cart: { items: [{ sku: 'tea', n: 2 }] }, seen: new Map([['tea', new Date(0)]]) },
    system: { principal: { id: 'u1', roles: ['admin'] } },
  },
  idleTimeoutMs: 1_800_000,
  journal: [journal],
  applied: [{ origin: 'n1~b00t', counter: 7, watermark: 5 }],
  rates: new Map([['login', 13_000]]),
  kind: 'session',
};

/** Large enough to be compressed. */
export const SAMPLE_LARGE: RecordContent = {
  ...SAMPLE_CONTENT,
  document: {
    data: {
      lines: Array.from({ length: 300 }, (_, line) => ({ sku: `tea-${line % 7}`, n: line })),
    },
    system: {},
  },
};

const fork = { epoch: 2, owner: 'n1~b00t', seq: 40 };

/** Apart from another side for so long that the oldest changes are no longer known one by one. */
export const SAMPLE_APART: RecordContent = {
  ...SAMPLE_CONTENT,
  changedAt: 2000,
  answeredAt: 1990,
  past: {
    contains: [fork],
    log: {
      floor: fork,
      openedAt: 1900,
      base: { data: { visits: 7 }, system: {} },
      baseBytes: 10,
      changes: [{ epoch: 3, owner: 'n2~b00t', seq: 9, at: 2000, body: new Uint8Array([1, 2]) }],
      forgotten: [['data', 'visits', 1950]],
      reach: [
        { epoch: 2, owner: 'n1~b00t', seq: 44 },
        { epoch: 3, owner: 'n2~b00t', seq: 8 },
      ],
    },
  },
};

export const SAMPLE_DELTAS: readonly DeltaBody[] = [
  { operations: [{ kind: 'set', path: ['data', 'cart', 'items', 0, 'n'], value: 3 }] },
  {
    operations: [
      { kind: 'delete', path: ['data', 'cart'] },
      { kind: 'splice', path: ['data', 'list'], index: 0, deleteCount: 1, items: ['x'] },
      { kind: 'increment', path: ['data', 'visits'], by: 1 },
    ],
    id: { origin: 'n2~b00t', counter: 8, watermark: 8 },
    journal,
    idleTimeoutMs: 60_000,
    rates: [['login', 12_000]],
  },
];
