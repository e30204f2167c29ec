import { afterEach, describe, expect, it } from 'vitest';
import {
  createMemoryTierContents,
  memoryTier,
  redisTier,
  storeTier,
  type Tier,
} from '../../src/index.js';
import { type TierFixture, tierConformance } from '../../src/testing/index.js';
import { REDIS_SERVER, type RunningRedis, startRedis } from './redis-server.js';
import { createSqlDatabase } from './sql-store.js';

async function memoryFixture(): Promise<TierFixture> {
  const contents = createMemoryTierContents();
  return { make: () => memoryTier({ contents }), close: async () => {} };
}

async function redisFixture(): Promise<TierFixture> {
  let server = await startRedis();
  const { port, url } = server;
  return {
    make: () => redisTier({ url }),
    stop: () => server.kill(),
    start: async () => {
      server = await startRedis({ port });
    },
    close: () => server.kill(),
  };
}

async function sqlFixture(): Promise<TierFixture> {
  const database = await createSqlDatabase();
  return { make: () => storeTier(database.connect()), close: () => database.close() };
}

describe('conformance of tiers', () => {
  for (const { name, run } of tierConformance('memory', memoryFixture)) it(name, run);
  const sqlCases = tierConformance('an SQL Store', sqlFixture, { atomic: false });
  for (const { name, run } of sqlCases) it(name, run);
});

describe.skipIf(REDIS_SERVER === undefined)('conformance with redis-server', () => {
  const cases = tierConformance('redis', redisFixture, { outages: true });
  for (const { name, run } of cases) it(name, run);
});

describe('the conformance suite', () => {
  /** Writes whatever comes, as a plain `SET` would. */
  function carelessTier(): Tier {
    const careful = memoryTier();
    const values = new Map<string, Awaited<ReturnType<Tier['read']>>>();
    return {
      ...careful,
      read: async (key) => values.get(key) ?? { kind: 'none' },
      async write({ key, version, value }) {
        values.set(key, { kind: 'record', version, value, ageMs: 0 });
        return { kind: 'stored' };
      },
      async bury({ key, version, keepMs }) {
        values.set(key, { kind: 'buried', version, remainingMs: keepMs });
      },
    };
  }

  it('finds out a tier that does not compare versions', async () => {
    const tier = carelessTier();
    const fixture = async () => ({ make: () => tier, close: async () => {} });
    const broken: string[] = [];
    for (const { name, run } of tierConformance('careless', fixture)) {
      if (name.includes('time is over')) continue;
      await run().catch(() => broken.push(name));
    }
    expect(broken).toContain('careless: refuses a lower version and says what it holds');
    expect(broken).toContain(
      'careless: refuses every later write of a buried key, whatever its version',
    );
    expect(broken).toContain('careless: holds against writes of every tier that race with it');
  });
});

describe.skipIf(REDIS_SERVER === undefined)('redisTier', () => {
  let server: RunningRedis | undefined;
  afterEach(() => server?.kill());

  it('fails at once above its bound, and goes on with the rest', async () => {
    server = await startRedis();
    const tier = redisTier({ url: server.url, maxInFlight: 4 });
    await new Promise<void>((resolve) => {
      tier.open((event) => event.kind === 'connected' && resolve());
    });
    const reads = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => tier.read(`k${index}`)),
    );
    expect(reads.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(await tier.read('k9')).toEqual({ kind: 'none' });
    await tier.close();
  });
});

describe('options of tiers', () => {
  it('are checked, with name, value and range', () => {
    const url = 'redis://127.0.0.1:1';
    expect(() => redisTier({ url: 'http://x' })).toThrow(/tier.url/);
    expect(() => redisTier({ url, mode: 'behind' as 'write-behind' })).toThrow(/tier.mode/);
    expect(() => redisTier({ url, flushMs: 1 })).toThrow(/tier.flushMs is 1, expected .* 20 to/);
    expect(() => redisTier({ url, waitMs: 1e9 })).toThrow(/tier.waitMs/);
    expect(() => redisTier({ url, prefix: '' })).toThrow(/tier.prefix/);
    expect(() => redisTier({ url, maxInFlight: 0.5 })).toThrow(/tier.maxInFlight/);
    expect(() => storeTier({} as never)).toThrow(/tier.store/);
  });

  it('never show a password', () => {
    const wrong = 'redis//user:geheim@host';
    expect(() => redisTier({ url: wrong })).toThrow(/^(?!.*geheim)/);
  });
});
