import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionCluster, Tier, TierPolicyOptions } from '../../src/index.js';
import { newKey, startCluster, type TestCluster } from '../cluster/start-cluster.js';
import { faultyTier } from './faulty-tier.js';
import { collect, create, dataOf, HOUR_MS, increment, killAll, untilStored } from './sessions.js';
import { type RunningStore, STORES } from './stores.js';

describe.each(STORES)('a cluster that was down altogether, over %s', (_name, startStore) => {
  let store: RunningStore;
  let cluster: TestCluster;
  const observers: Tier[] = [];

  beforeEach(async () => {
    store = await startStore();
  });
  afterEach(async () => {
    await cluster.close();
    await Promise.all(observers.splice(0).map((tier) => tier.close()));
    await store.close();
  });

  /** Nodes that know nothing but the tier. */
  async function start(count: number, policy: TierPolicyOptions = { flushMs: 20 }) {
    cluster = await startCluster(count, () => ({ tier: store.tier(policy) }));
    return cluster.nodes as [(typeof cluster.nodes)[0], ...typeof cluster.nodes];
  }

  /** The tier as one more process sees it. */
  async function observe(): Promise<Tier> {
    const tier = store.tier();
    observers.push(tier);
    await new Promise<void>((resolve) => {
      tier.open((event) => event.kind === 'connected' && resolve());
    });
    return tier;
  }

  it('finds its sessions again, under a higher epoch', async () => {
    const [first] = await start(2);
    const tier = await observe();
    const keys = Array.from({ length: 20 }, newKey);
    await Promise.all(keys.map((key, index) => create(first, key, { index })));
    await Promise.all(keys.map((key) => increment(first, key)));
    await Promise.all(keys.map((key) => untilStored(tier, key, 1)));
    killAll(cluster);
    const [one, two] = await start(2);
    const events = [one, two].map((node) => collect(node as typeof one));
    for (const [index, key] of keys.entries()) {
      const node = cluster.nodes[index % 2] as typeof one;
      expect(await dataOf(node, key)).toEqual({ index, n: 1 });
      expect(await increment(node, key)).toMatchObject({ epoch: 2 });
    }
    const restored = events.flat().filter((event) => event.kind === 'restored');
    expect(restored).toHaveLength(keys.length);
  });

  it('keeps who logged out logged out, at once after the answer', async () => {
    const [first] = await start(2);
    const tier = await observe();
    const key = newKey();
    await create(first, key);
    await untilStored(tier, key, 0);
    await first.destroy(key, 'logout');
    killAll(cluster);
    const [one, two] = await start(2);
    expect(await dataOf(one, key)).toBe('destroyed');
    await expect(increment(two as typeof one, key)).rejects.toThrow(/destroyed/);
  });

  it('has the new session of a login and not the old one, at once after the answer', async () => {
    const [first] = await start(2, { flushMs: 60_000 });
    const [from, to] = [newKey(), newKey()];
    await create(first, from, { cart: 'tea' });
    const rotated = await first.rotate({
      from,
      to,
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'set', path: ['data', 'user'], value: 'ada' }],
      acrossLogin: true,
    });
    expect(rotated.status).toBe('committed');
    killAll(cluster);
    const [one] = await start(1);
    expect(await dataOf(one, from)).toBe('destroyed');
    expect(await dataOf(one, to)).toEqual({ n: 0, cart: 'tea', user: 'ada' });
  });

  it('has every change that was answered, when changes are written through', async () => {
    const [first] = await start(2, { mode: 'write-through', flushMs: 60_000 });
    const key = newKey();
    await create(first, key);
    await Promise.all([1, 2, 3, 4, 5].map(() => increment(first, key)));
    killAll(cluster);
    const [one] = await start(1);
    expect(await dataOf(one, key)).toEqual({ n: 5 });
  });

  it('reports what is older than what the client has seen', async () => {
    const faulty = faultyTier(store.tier({ flushMs: 20 }));
    cluster = await startCluster(1, { tier: faulty });
    const first = cluster.nodes[0] as SessionCluster;
    const key = newKey();
    await create(first, key);
    await untilStored(await observe(), key, 0);
    faulty.fail();
    await increment(first, key);
    const seen = await increment(first, key);
    killAll(cluster);
    const [one] = await start(1);
    const opened = await one.open(key, { seen });
    expect(opened).toMatchObject({
      status: 'found',
      lostRevisions: { seen, found: { epoch: 1, seq: 0 } },
      snapshot: { document: { data: { n: 0 } } },
    });
    expect(opened.status === 'found' && opened.snapshot.version.epoch).toBe(2);
  });

  it('loses nothing when its last node was drained', async () => {
    const [first, second] = await start(2, { flushMs: 60_000 });
    const keys = Array.from({ length: 30 }, newKey);
    await Promise.all(keys.map((key) => create(first, key)));
    await Promise.all(keys.map((key) => increment(first, key)));
    await (second as typeof first).drain();
    cluster.kill(second as typeof first);
    await Promise.all(keys.map((key) => increment(first, key)));
    expect(await first.drain()).toEqual({ left: 0 });
    killAll(cluster);
    const [one] = await start(1);
    for (const key of keys) expect(await dataOf(one, key)).toEqual({ n: 2 });
  });

  it('does not bring back what ended by itself, and keeps deadlines', async () => {
    const [first] = await start(1);
    const tier = await observe();
    const [short, long] = [newKey(), newKey()];
    await create(first, long);
    await first.create({
      key: short,
      data: {},
      system: {},
      idleTimeoutMs: 300,
      absoluteTimeoutMs: HOUR_MS,
    });
    await untilStored(tier, long, 0);
    killAll(cluster);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const [one] = await start(1);
    expect(await dataOf(one, short)).toMatch(/unknown|destroyed/);
    const opened = await one.open(long);
    if (opened.status !== 'found') throw new Error(opened.status);
    const { absoluteRemainingMs } = opened.snapshot;
    expect(absoluteRemainingMs).toBeLessThanOrEqual(12 * HOUR_MS - 400);
    expect(absoluteRemainingMs).toBeGreaterThan(12 * HOUR_MS - 60_000);
  });

  it('sees nothing of a cluster of another name', async () => {
    const [first] = await start(1, { mode: 'write-through' });
    const key = newKey();
    await create(first, key);
    killAll(cluster);
    cluster = await startCluster(1, () => ({ tier: store.tier(), cluster: { name: 'other' } }));
    expect(await dataOf(cluster.nodes[0] as typeof first, key)).toBe('unknown');
  });
});
