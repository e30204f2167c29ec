import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionCluster } from '../../src/node/session-cluster.js';
import { keyFor, newKey, startCluster, type TestCluster } from './start-cluster.js';

let cluster: TestCluster;
afterEach(() => cluster?.close());

const HOUR = 3_600_000;

async function create(node: SessionCluster, key: string, data = {}): Promise<void> {
  const result = await node.create({
    key,
    data,
    system: {},
    idleTimeoutMs: HOUR,
    absoluteTimeoutMs: 12 * HOUR,
  });
  expect(result.status).toBe('committed');
}

async function found(node: SessionCluster, key: string) {
  const result = await node.open(key);
  if (result.status !== 'found') throw new Error(`expected the session, got ${result.status}`);
  return result.snapshot;
}

async function set(node: SessionCluster, key: string, name: string, value: string | number) {
  const { version } = await found(node, key);
  return node.commit({
    key,
    base: version,
    operations: [{ kind: 'set', path: ['data', name], value }],
  });
}

describe('one node', () => {
  it('keeps what was committed and says that nobody else has it', async () => {
    cluster = await startCluster(1);
    const [node] = cluster.nodes as [SessionCluster];
    const key = newKey();
    await create(node, key, { a: 1 });
    const result = await set(node, key, 'b', 2);
    expect(result).toMatchObject({ status: 'committed', copies: 0 });
    expect((await found(node, key)).document.data).toEqual({ a: 1, b: 2 });
  });

  it('calls a key it never saw unknown', async () => {
    cluster = await startCluster(1);
    const [node] = cluster.nodes as [SessionCluster];
    expect(await node.open(newKey())).toEqual({ status: 'unknown' });
  });
});

describe('three nodes', () => {
  it('hold a change on one other node before its commit resolves', async () => {
    cluster = await startCluster(3);
    const [one] = cluster.nodes as [SessionCluster];
    const key = keyFor(one);
    await create(one, key);
    expect(await set(one, key, 'cart', 'tea')).toMatchObject({ status: 'committed', copies: 1 });
  });

  it('serve a session from any node and number its changes at one', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key);
    await Promise.all([set(two, key, 'a', 1), set(three, key, 'b', 2), set(one, key, 'c', 3)]);
    for (const node of cluster.nodes) {
      expect((await found(node, key)).document.data).toEqual({ a: 1, b: 2, c: 3 });
      expect((await found(node, key)).owner).toBe('n1');
    }
  });

  it('lose nothing of what was acknowledged when the owner is killed', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const keys = Array.from({ length: 20 }, () => keyFor(one));
    await Promise.all(keys.map((key) => create(one, key, { n: 1 })));
    await Promise.all(keys.map((key) => set(one, key, 'cart', 'tea')));
    cluster.kill(one);
    for (const node of [two, three]) {
      for (const key of keys) {
        const { document } = await found(node, key);
        expect(document.data).toEqual({ n: 1, cart: 'tea' });
      }
    }
  });

  it('adopt orphans and renew their copies without a request', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { cart: 'tea' });
    cluster.kill(one);
    await vi.waitFor(() => {
      const counts = cluster.nodes.map((node) => node.recordCount);
      expect(counts).toEqual([1, 1]);
      const owned = cluster.nodes.flatMap((node) => node.members().filter((m) => m.self));
      expect(owned.map((m) => m.sessionsOwned).sort()).toEqual([0, 1]);
    }, 30_000);
    cluster.kill(cluster.nodes.find((node) => node !== two) as SessionCluster);
    expect((await found(two, key)).document.data).toEqual({ cart: 'tea' });
  });

  it('apply a commit once although its owner dies before it answers', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { n: 0 });
    const { version } = await found(two, key);
    const commits = Array.from({ length: 10 }, () =>
      two.commit({
        key,
        base: version,
        operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    cluster.kill(one);
    const results = await Promise.all(commits);
    expect(results.every((result) => result.status === 'committed')).toBe(true);
    expect((await found(two, key)).document.data).toEqual({ n: 10 });
  });

  it('leave no node that serves a session after its end was acknowledged', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key);
    const { version } = await found(two, key);
    await three.destroy(key, 'logout');
    const ended = { status: 'destroyed', reason: 'logout' };
    for (const node of cluster.nodes) expect(await node.open(key)).toEqual(ended);
    const late = await two.commit({
      key,
      base: version,
      operations: [{ kind: 'set', path: ['data', 'x'], value: 1 }],
    });
    expect(late).toEqual({ status: 'destroyed' });
  });

  it('end a session whose owner is dead', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key);
    cluster.kill(one);
    await two.destroy(key, 'logout');
    expect(await three.open(key)).toEqual({ status: 'destroyed', reason: 'logout' });
    expect(await two.open(key)).toEqual({ status: 'destroyed', reason: 'logout' });
  });

  it('bury the old id everywhere when it is rotated across a login', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const from = keyFor(one);
    const to = keyFor(one);
    await create(one, from, { cart: 'tea' });
    const { version } = await found(two, from);
    const result = await two.rotate({
      from,
      to,
      base: version,
      operations: [{ kind: 'set', path: ['system', 'principal'], value: { id: 'u1' } }],
      acrossLogin: true,
    });
    expect(result.status).toBe('committed');
    for (const node of cluster.nodes) {
      expect(await node.open(from)).toEqual({ status: 'destroyed', reason: 'rotated' });
      const { document } = await found(node, to);
      expect(document).toEqual({ data: { cart: 'tea' }, system: { principal: { id: 'u1' } } });
    }
  });

  it('let the old id answer for its successor after a same-principal rotation', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const from = keyFor(one);
    const to = keyFor(one);
    await create(one, from, { cart: 'tea' });
    const { version } = await found(one, from);
    await one.rotate({ from, to, base: version, operations: [], acrossLogin: false });
    const snapshot = await found(one, from);
    expect(snapshot.key).toBe(to);
    expect((await found(two, to)).document.data).toEqual({ cart: 'tea' });
  });

  it('move every session away when a node drains', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const keys = Array.from({ length: 50 }, () => keyFor(one));
    await Promise.all(keys.map((key) => create(one, key, { cart: key })));
    expect(await one.drain({ deadlineMs: 10_000 })).toEqual({ left: 0 });
    expect(one.status().state).toBe('draining');
    await one.stop();
    cluster.nodes.splice(0, 1);
    for (const key of keys) expect((await found(two, key)).document.data).toEqual({ cart: key });
    const held = cluster.nodes.reduce((sum, node) => sum + node.recordCount, 0);
    expect(held).toBe(100);
  });

  it('answer a repeated journal key with the first outcome', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { n: 0 });
    expect(await two.reserve(key, 'k1', 'f')).toEqual({ status: 'reserved' });
    expect(await three.reserve(key, 'k1', 'f')).toEqual({
      status: 'in-progress',
      fingerprint: 'f',
    });
    const { version } = await found(two, key);
    const journal = { key: 'k1', fingerprint: 'f', outcome: new Uint8Array([1, 2]) };
    const operations = [{ kind: 'increment', path: ['data', 'n'], by: 1 }] as const;
    await two.commit({ key, base: version, operations, journal });
    cluster.kill(one);
    const again = await three.reserve(key, 'k1', 'f');
    expect(again).toMatchObject({ status: 'replayed', entry: { fingerprint: 'f' } });
    const doubled = await three.commit({ key, base: version, operations, journal });
    expect(doubled.status).toBe('replayed');
    expect((await found(three, key)).document.data).toEqual({ n: 1 });
  });

  it('give a journal key back when the node whose handler had reserved it is killed', async () => {
    cluster = await startCluster(3);
    const [one, two, three] = cluster.nodes as [SessionCluster, SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { n: 0 });
    expect(await two.reserve(key, 'k1', 'f')).toEqual({ status: 'reserved' });
    expect(await three.reserve(key, 'k1', 'f')).toEqual({
      status: 'in-progress',
      fingerprint: 'f',
    });
    cluster.kill(two);
    await vi.waitFor(async () => {
      expect(await three.reserve(key, 'k1', 'f')).toEqual({ status: 'reserved' });
    }, 30_000);
  });

  it('share one rate limit, which a kill does not reset', async () => {
    cluster = await startCluster(3);
    const policy = { name: 'login', intervalMs: 60_000, burst: 5 };
    const scope = { kind: 'shared', id: 'ip:192.0.2.1' } as const;
    const allowed: boolean[] = [];
    for (let i = 0; i < 4; i++) {
      const node = cluster.nodes[i % 3] as SessionCluster;
      allowed.push((await node.consume({ scope, policy })).allowed);
    }
    expect(allowed).toEqual([true, true, true, true]);
    const owner = cluster.nodes.find((node) =>
      node.members().some((m) => m.self && m.sessionsOwned > 0),
    ) as SessionCluster;
    cluster.kill(owner);
    const [left, right] = cluster.nodes as [SessionCluster, SessionCluster];
    expect(await left.consume({ scope, policy })).toMatchObject({ allowed: true, remaining: 0 });
    expect((await right.consume({ scope, policy })).allowed).toBe(false);
  });

  it('answer a compare-and-commit that lost with what the record is now', async () => {
    cluster = await startCluster(3);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { n: 0 });
    const { version } = await found(two, key);
    await set(one, key, 'n', 1);
    const result = await two.commit({
      key,
      base: version,
      expect: 'exact',
      operations: [{ kind: 'set', path: ['data', 'n'], value: 9 }],
    });
    expect(result.status === 'conflict' && result.snapshot.document.data).toEqual({ n: 1 });
  });
});

describe('two nodes', () => {
  it('let one drain although nobody is left to hold a second copy', async () => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { cart: 'tea' });
    await one.drain({ deadlineMs: 5000 });
    await one.stop();
    cluster.nodes.shift();
    expect((await found(two, key)).document.data).toEqual({ cart: 'tea' });
  });

  it('serve what a frozen peer cannot copy, and give it the copies when it wakes', async () => {
    cluster = await startCluster(2);
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(one);
    await create(one, key, { n: 0 });
    cluster.cut(two);
    const result = await set(one, key, 'n', 1);
    expect(result.status).toBe('committed');
    cluster.mend(two);
    await vi.waitFor(async () => {
      expect((await found(two, key)).document.data).toEqual({ n: 1 });
      expect(await set(one, key, 'n', 1)).toMatchObject({ copies: 1 });
    }, 30_000);
  });
});
