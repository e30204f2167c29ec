import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createMemoryTierContents,
  memoryTier,
  redisTier,
  type SessionCluster,
  SessionUnavailableError,
  type TierSeal,
} from '../../src/index.js';
import { newKey, startCluster, type TestCluster } from '../cluster/start-cluster.js';
import { carelessTier, type FaultyTier, faultyTier } from './faulty-tier.js';
import { REDIS_SERVER, type RunningRedis, startRedis } from './redis-server.js';
import { collect, create, dataOf, HOUR_MS, increment, killAll, untilStored } from './sessions.js';

let cluster: TestCluster;
afterEach(() => cluster.close());

const policy = { flushMs: 20, waitMs: 200 } as const;

async function startOne(options: Parameters<typeof startCluster>[1]): Promise<SessionCluster> {
  cluster = await startCluster(1, options);
  return cluster.nodes[0] as SessionCluster;
}

describe('a write that comes late', () => {
  /** Logs out while the tier still has a write on its way, lets it arrive, and starts anew. */
  async function logoutOvertakesWrite(tier: FaultyTier): Promise<unknown> {
    const node = await startOne({ tier });
    const key = newKey();
    tier.holdWrites();
    await create(node, key);
    await increment(node, key);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await node.destroy(key, 'logout');
    await tier.release();
    killAll(cluster);
    return dataOf(await startOne({ tier }), key);
  }

  it('does not revive a session that has ended meanwhile', async () => {
    expect(await logoutOvertakesWrite(faultyTier(memoryTier(policy)))).toBe('destroyed');
  });

  it('would revive it in a tier that does not compare', async () => {
    const careless = carelessTier(memoryTier(policy).policy, new Map());
    expect(await logoutOvertakesWrite(faultyTier(careless))).toEqual({ n: expect.any(Number) });
  });
});

describe('a tier that is away', () => {
  it('does not disturb sessions in memory, and is caught up with', async () => {
    const contents = createMemoryTierContents();
    const tier = faultyTier(memoryTier({ ...policy, contents }));
    const node = await startOne({ tier });
    const events = collect(node);
    tier.fail();
    const keys = Array.from({ length: 300 }, newKey);
    await Promise.all(keys.map((key) => create(node, key)));
    for (let round = 0; round < 5; round++) await Promise.all(keys.map((k) => increment(node, k)));
    expect(node.status().tier).toBe('unreachable');
    expect(events).toContainEqual({ kind: 'tier', connected: false, reason: 'gone' });
    expect(contents.entries.size).toBe(0);
    tier.mend();
    for (const key of keys) await untilStored(tier, key, 5);
    expect(node.status().tier).toBe('connected');
  });

  it('is told of in the log, with the reason, and that it came back', async () => {
    const told: string[] = [];
    const tell = (message: string) => void told.push(message);
    const logger = { debug() {}, log: tell, warn: tell, error: tell };
    const tier = faultyTier(memoryTier(policy));
    await startOne({ tier, logger });
    tier.fail();
    tier.mend();
    expect(told).toEqual([
      expect.stringMatching(/^the tier \S+ is connected$/),
      expect.stringMatching(/^the tier \S+ cannot be reached \(gone\): /),
      expect.stringMatching(/^the tier \S+ is connected$/),
    ]);
  });

  it('keeps a node from calling a session unknown', async () => {
    const tier = faultyTier(memoryTier(policy));
    const node = await startOne({ tier });
    const key = newKey();
    tier.fail();
    await expect(node.open(key)).rejects.toThrow(SessionUnavailableError);
    await expect(node.destroy(key, 'logout')).rejects.toThrow(SessionUnavailableError);
    await expect(increment(node, key)).rejects.toThrow(SessionUnavailableError);
    tier.mend();
    expect(await dataOf(node, key)).toBe('unknown');
  });

  it('has a logout answered after a while, counted, and is told of it when it is back', async () => {
    const tier = faultyTier(memoryTier(policy));
    const node = await startOne({ tier });
    const events = collect(node);
    const key = newKey();
    await create(node, key);
    await untilStored(tier, key, 0);
    tier.fail();
    await node.destroy(key, 'logout');
    expect(events).toContainEqual({ kind: 'tier-behind', keyHash: key.slice(0, 10) });
    tier.mend();
    await vi.waitFor(
      async () => expect((await tier.read(`test:${key}`)).kind).toBe('buried'),
      30_000,
    );
    killAll(cluster);
    expect(await dataOf(await startOne({ tier }), key)).toBe('destroyed');
  });

  it('has a logout refused under onIsolation refuse, and its repetition accepted later', async () => {
    const tier = faultyTier(memoryTier(policy));
    const node = await startOne({ tier, onIsolation: 'refuse', backups: 0 });
    const [early, late] = [newKey(), newKey()];
    await create(node, early);
    await create(node, late);
    await untilStored(tier, early, 0);
    await untilStored(tier, late, 0);
    tier.fail();
    await expect(node.destroy(early, 'logout')).rejects.toThrow(SessionUnavailableError);
    expect(await dataOf(node, early)).toEqual({ n: 0 });
    tier.mend();
    await node.destroy(early, 'logout');
    // The outage begins while the end is on its way.
    tier.bury = () => new Promise(() => {});
    await expect(node.destroy(late, 'logout')).rejects.toThrow(SessionUnavailableError);
    expect(await dataOf(node, late)).toBe('destroyed');
  });

  it('has a write-through commit answered after a while, or its fate left open', async () => {
    for (const onIsolation of ['serve', 'refuse'] as const) {
      const tier = faultyTier(memoryTier({ ...policy, mode: 'write-through' }));
      const node = await startOne({ tier, onIsolation, backups: 0 });
      const events = collect(node);
      const key = newKey();
      await create(node, key);
      tier.holdWrites();
      const committing = increment(node, key);
      if (onIsolation === 'serve') await committing;
      else await expect(committing).rejects.toThrow(/may or may not/);
      expect(events.filter(({ kind }) => kind === 'tier-behind')).toHaveLength(1);
      await tier.release();
      tier.fail();
      if (onIsolation === 'refuse') {
        await expect(increment(node, key)).rejects.toThrow(SessionUnavailableError);
        expect(await dataOf(node, key)).toEqual({ n: 1 });
      }
      await cluster.close();
    }
  });
});

describe('a tier that knows better', () => {
  it('ends a session here that was ended where this cluster could not see it', async () => {
    const tier = memoryTier(policy);
    cluster = await startCluster(2, { tier });
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = newKey();
    await create(one, key);
    await untilStored(tier, key, 0);
    await tier.bury({ key: `test:${key}`, version: { epoch: 1, seq: 9 }, keepMs: HOUR_MS });
    // Answered as a commit or as one of a dead session, whichever comes first.
    await increment(one, key).catch(() => {});
    await vi.waitFor(async () => {
      expect([await dataOf(one, key), await dataOf(two, key)]).toEqual(['destroyed', 'destroyed']);
    }, 30_000);
  });

  it('is never overwritten by less: the owner of a living session goes past it', async () => {
    const tier = memoryTier(policy);
    const node = await startOne({ tier });
    const key = newKey();
    await create(node, key);
    await untilStored(tier, key, 0);
    const value = new Uint8Array([1]);
    const named = `test:${key}`;
    await tier.write({ key: named, version: { epoch: 9, seq: 9 }, value, keepMs: HOUR_MS });
    expect(await increment(node, key)).toEqual({ epoch: 1, seq: 1 });
    await vi.waitFor(async () => {
      expect(await tier.read(named)).toMatchObject({ kind: 'record', version: { epoch: 10 } });
    }, 30_000);
    expect(await dataOf(node, key)).toEqual({ n: 1 });
  });

  it('has what was changed while it was being written', async () => {
    const tier = faultyTier(memoryTier(policy));
    const node = await startOne({ tier });
    const key = newKey();
    tier.holdWrites();
    await create(node, key);
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (let n = 0; n < 50; n++) await increment(node, key);
    await tier.release();
    await untilStored(tier, key, 50);
  });
});

describe('a sealed tier', () => {
  function seal(secret: Buffer): TierSeal {
    return {
      seal(plain, data) {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(data);
        const body = Buffer.concat([cipher.update(plain), cipher.final()]);
        return Buffer.concat([nonce, cipher.getAuthTag(), body]);
      },
      open(sealed, data) {
        const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(0, 12));
        decipher.setAAD(data).setAuthTag(Buffer.from(sealed.subarray(12, 28)));
        return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
      },
    };
  }

  it('shows nobody what is in it, and is of no use without its key', async () => {
    const contents = createMemoryTierContents();
    const [right, wrong] = [randomBytes(32), randomBytes(32)];
    const sealedBy = (secret: Buffer) => memoryTier({ ...policy, contents, seal: seal(secret) });
    const node = await startOne({ tier: sealedBy(right) });
    const keys = [newKey(), newKey()] as const;
    for (const key of keys) {
      await create(node, key, { card: 'visible?' });
      await untilStored(sealedBy(right), key, 0);
    }
    const values = [...contents.entries.values()].map(({ value }) => Buffer.from(value ?? []));
    expect(Buffer.concat(values).includes('visible?')).toBe(false);
    killAll(cluster);
    const stranger = await startOne({ tier: sealedBy(wrong) });
    const events = collect(stranger);
    expect(await dataOf(stranger, keys[0])).toBe('unknown');
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'frame-refused', reason: expect.stringMatching(/tier/) }),
    );
    killAll(cluster);
    const friend = await startOne({ tier: sealedBy(right) });
    expect(await dataOf(friend, keys[1])).toEqual({ n: 0, card: 'visible?' });
  });
});

describe('a tier of a cluster with a keyring', () => {
  const keys = ['one', 'two'].map((id) => ({ id, secret: id.repeat(16) }));

  it('is sealed with it, read with any of its keys, and while one is introduced plain, too', async () => {
    const contents = createMemoryTierContents();
    const tier = memoryTier({ ...policy, contents });
    const startWith = (cluster: object) =>
      startOne({ tier, cluster: { name: 'test', ...cluster } });
    const plain = newKey();
    const first = await startWith({});
    await create(first, plain, { card: 'plain' });
    await untilStored(tier, plain, 0);
    killAll(cluster);

    const second = await startWith({ keyring: keys, acceptPlain: true });
    expect(await dataOf(second, plain)).toMatchObject({ card: 'plain' });
    const sealed = newKey();
    await create(second, sealed, { card: 'visible?' });
    await untilStored(tier, sealed, 0);
    const values = [...contents.entries.values()].map(({ value }) => Buffer.from(value ?? []));
    expect(Buffer.concat(values).includes('visible?')).toBe(false);
    killAll(cluster);

    const third = await startWith({ keyring: keys.toReversed() });
    expect(await dataOf(third, sealed)).toMatchObject({ card: 'visible?' });
    killAll(cluster);
    const stranger = await startWith({});
    expect(await dataOf(stranger, sealed)).toBe('unknown');
  });
});

describe.skipIf(REDIS_SERVER === undefined)('a redis-server that is killed', () => {
  let server: RunningRedis;
  afterEach(() => server.kill());

  it('and comes back empty, under commits, has all sessions and logouts again', async () => {
    server = await startRedis();
    const { port, url } = server;
    const makeTier = () => redisTier({ url, ...policy });
    cluster = await startCluster(2, () => ({ tier: makeTier() }));
    const [one, two] = cluster.nodes as [SessionCluster, SessionCluster];
    const [idle, busy, ended] = [newKey(), newKey(), newKey()];
    for (const key of [idle, busy, ended]) await create(one, key);
    const observer = makeTier();
    observer.open(() => {});
    for (const key of [idle, busy, ended]) await untilStored(observer, key, 0);
    await one.destroy(ended, 'logout');

    let commits = 0;
    let stop = false;
    const committing = (async () => {
      while (!stop) {
        await increment(commits % 2 === 0 ? one : two, busy);
        commits++;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    await server.kill();
    await vi.waitFor(() => expect(one.status().tier).toBe('unreachable'), 30_000);
    const before = commits;
    await vi.waitFor(() => expect(commits).toBeGreaterThan(before + 20), 30_000);
    server = await startRedis({ port });
    await vi.waitFor(() => expect(one.status().tier).toBe('connected'), 30_000);
    stop = true;
    await committing;

    await untilStored(observer, idle, 0);
    await untilStored(observer, busy, commits);
    await vi.waitFor(async () => {
      expect((await observer.read(`test:${ended}`)).kind).toBe('buried');
    }, 30_000);
    await observer.close();
    killAll(cluster);
    cluster = await startCluster(2, () => ({ tier: makeTier() }));
    const [again] = cluster.nodes as [SessionCluster];
    expect(await dataOf(again, idle)).toEqual({ n: 0 });
    expect(await dataOf(again, busy)).toEqual({ n: commits });
    expect(await dataOf(again, ended)).toBe('destroyed');
  });

  it('does not keep a node from starting, and the first session after it from being found', async () => {
    server = await startRedis();
    const { port, url } = server;
    await server.kill();
    const node = await startOne(() => ({ tier: redisTier({ url, ...policy }) }));
    await expect(node.open(newKey())).rejects.toThrow(SessionUnavailableError);
    const key = newKey();
    await create(node, key);
    server = await startRedis({ port });
    await vi.waitFor(() => expect(node.status().tier).toBe('connected'), 30_000);
    expect(await dataOf(node, newKey())).toBe('unknown');
  });
});
