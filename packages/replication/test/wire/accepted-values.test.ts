import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.js';
import type { Operation } from '../../src/core/values/operations.js';
import type { SessionObject, SessionValue } from '../../src/core/values/values.js';
import type { SessionCluster } from '../../src/node/session-cluster.js';
import { keyFor, startCluster, type TestCluster } from '../cluster/start-cluster.js';

const HOUR = 3_600_000;

let cluster: TestCluster;
afterEach(() => cluster?.close());

async function created(node: SessionCluster, data: SessionObject): Promise<string> {
  const key = keyFor(node);
  const timeouts = { idleTimeoutMs: HOUR, absoluteTimeoutMs: 12 * HOUR };
  expect(await node.create({ key, data, system: {}, ...timeouts })).toMatchObject({ copies: 1 });
  return key;
}

const DATA: SessionObject = {
  map: new Map<SessionValue, SessionValue>([[{ id: 1 }, new Map([['a', [1n]]])]]),
  set: new Set(['a', new Date(5)]),
  bytes: new Uint8Array([1, 2, 255]),
  text: `cut in half: \ud83d`,
  toString: 'not a method',
  big: -(2n ** 70n),
  gap: [undefined, null],
};

/** Each makes `node` own something that only another node will have to read. */
const UNREADABLE: readonly [string, readonly Operation[]][] = [
  [
    'more operations than a frame carries',
    Array.from({ length: LIMITS.operationsPerCommit + 1 }, (_, index) => ({
      kind: 'set' as const,
      path: ['data', `k${index}`],
      value: index,
    })),
  ],
  [
    'a value that is too deep where it is put',
    [{ kind: 'set', path: ['data', ...Array.from({ length: 63 }, () => 'a')], value: { b: {} } }],
  ],
  ['a class instance', [{ kind: 'set', path: ['data', 'x'], value: new Error('x') as never }]],
];

describe('what an owner accepted', () => {
  it('is the same at the node that takes over', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = await created(one, DATA);
    for (const node of [two, three]) {
      const result = await node.open(key);
      expect(result.status === 'found' && result.snapshot.document.data).toStrictEqual(DATA);
    }
    cluster.kill(one);
    for (const node of [two, three]) {
      const result = await node.open(key);
      expect(result.status === 'found' && result.snapshot.document.data).toStrictEqual(DATA);
    }
  });

  it.each(UNREADABLE)('does not include %s', async (_name, operations) => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = await created(one, { n: 1 });
    const base = { epoch: 1, seq: 0 };
    await expect(one.commit({ key, base, operations })).rejects.toThrow(/at most|deeper|instance/);
    cluster.kill(one);
    const result = await two.open(key);
    expect(result.status === 'found' && result.snapshot.document.data).toEqual({ n: 1 });
  });

  it('does not include a key that is no digest', async () => {
    cluster = await startCluster(2);
    const [one] = cluster.nodes as [SessionCluster];
    await expect(one.open('not-a-digest')).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });

  it('comes back after a counter ran over', async () => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = await created(one, { n: Number.MAX_VALUE });
    const operations = [{ kind: 'increment', path: ['data', 'n'], by: Number.MAX_VALUE }] as const;
    await one.commit({ key, base: { epoch: 1, seq: 0 }, operations });
    cluster.kill(one);
    const result = await two.open(key);
    expect(result.status).toBe('found');
  });
});
