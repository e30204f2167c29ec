import { Module } from '@nestjs/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RateLimitService, SessionModule } from '../../src/index.js';
import { createTestCluster, FakeClock, type TestCluster } from '../../src/testing/index.js';

@Module({ imports: [SessionModule.forRoot()] })
class EmptyModule {}

const clock = new FakeClock();
let cluster: TestCluster;
let services: RateLimitService[];

beforeAll(async () => {
  cluster = await createTestCluster({ module: EmptyModule, nodes: 2, clock });
  services = cluster.nodes.map(({ app }) => app.get(RateLimitService, { strict: false }));
});

afterAll(() => cluster.close());

/** A bucket of `burst` tokens that fills evenly; what everybody knows, to compare with. */
class TokenBucket {
  #tokens: number;
  #filledMs = 0;

  constructor(
    private readonly burst: number,
    private readonly intervalMs: number,
  ) {
    this.#tokens = burst;
  }

  take(nowMs: number): boolean {
    const filled = this.#tokens + (nowMs - this.#filledMs) / this.intervalMs;
    this.#tokens = Math.min(this.burst, filled);
    this.#filledMs = nowMs;
    if (this.#tokens < 1 - 1e-6) return false;
    this.#tokens -= 1;
    return true;
  }
}

let runs = 0;

/** Sends requests at random nodes after these pauses; tells when, and which were admitted. */
async function send(
  rule: { limit: number; burst: number },
  arrivals: readonly { pauseMs: number; node: number }[],
) {
  const key = `run-${++runs}`;
  const startMs = clock.wallMs();
  const sent: { atMs: number; admitted: boolean }[] = [];
  for (const { pauseMs, node } of arrivals) {
    if (pauseMs > 0) await clock.advance(pauseMs);
    const service = services[node] as RateLimitService;
    const { allowed } = await service.consume({ ...rule, name: 'random', window: '1s' }, key);
    sent.push({ atMs: clock.wallMs() - startMs, admitted: allowed });
  }
  return sent;
}

const arrivals = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 700 })),
    node: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 5, maxLength: 30 },
);
const rules = fc.record({
  limit: fc.integer({ min: 1, max: 10 }),
  burst: fc.integer({ min: 1, max: 6 }),
});

describe('a paced limit, asked at any node', () => {
  test('admits at most the burst and what comes back with time, and what a token bucket does', async () => {
    await fc.assert(
      fc.asyncProperty(rules, arrivals, async (rule, times) => {
        const sent = await send(rule, times);
        const bucket = new TokenBucket(rule.burst, 1000 / rule.limit);
        expect(sent.map(({ admitted }) => admitted)).toEqual(
          sent.map(({ atMs }) => bucket.take(atMs)),
        );
        const admitted = sent.filter((one) => one.admitted).map(({ atMs }) => atMs);
        for (const [first, fromMs] of admitted.entries()) {
          for (const [later, toMs] of admitted.slice(first).entries()) {
            const most = rule.burst + ((toMs - fromMs) * rule.limit) / 1000 + 1e-6;
            expect(later + 1).toBeLessThanOrEqual(most);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a cost', () => {
  const rule = { name: 'priced', limit: 10, window: '1h', burst: 5 };
  const service = () => services[0] as RateLimitService;

  test.each([-100, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 6, 1e9, '2'])(
    'of %s is refused, and changes nothing',
    async (cost) => {
      const key = `priced-${cost}`;
      await service().consume(rule, key, 3);
      const consuming = service().consume(rule, key, cost as number);
      await expect(consuming).rejects.toMatchObject({
        code: 'ERR_SESSION_OPTION',
        message: expect.stringMatching(/consume\(priced\)\.cost is .*the burst of 5/),
      });
      expect(await service().inspect(rule, key)).toMatchObject({ remaining: 2 });
    },
  );

  test.each([-3, Number.NaN, Number.NEGATIVE_INFINITY, 0.5, 1e9])(
    'of %s is not given back either',
    async (cost) => {
      const key = `rewarded-${cost}`;
      await service().consume(rule, key, 3);
      await expect(service().reward(rule, key, cost)).rejects.toThrow(/reward\(priced\)\.cost is/);
      expect(await service().inspect(rule, key)).toMatchObject({ remaining: 2 });
    },
  );

  test('may be all there is, or nothing', async () => {
    expect(await service().consume(rule, 'all', 5)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await service().consume(rule, 'all', 0)).toMatchObject({ allowed: true, remaining: 0 });
    await service().reward(rule, 'all', 1000);
    expect(await service().inspect(rule, 'all')).toMatchObject({ remaining: 5 });
  });

  test.each([Number.NaN, -1, 1e15])('of a try to block for %s ms is refused', async (ms) => {
    await expect(service().tryBlock(rule, 'e', ms)).rejects.toThrow(/tryBlock\.ms is/);
  });
});

describe('a block', () => {
  const rule = { name: 'blocked', limit: 10, window: '1s', burst: 5 };
  const [here, there] = [() => services[0], () => services[1]] as (() => RateLimitService)[];

  test('refuses at every node for its time, whatever was left, and says how long', async () => {
    await here?.().block(rule, 'a', '10s');
    const decision = await there?.().consume(rule, 'a');
    expect(decision).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 10_000 });
    await clock.advance(9_999);
    expect((await here?.().consume(rule, 'a'))?.allowed).toBe(false);
    await clock.advance(1);
    expect((await here?.().consume(rule, 'a'))?.allowed).toBe(true);
    expect((await there?.().consume(rule, 'a'))?.allowed).toBe(false);
  });

  test('is never shortened, may be longer, and is over when it is ended', async () => {
    await Promise.all([
      here?.().block(rule, 'b', '20s'),
      there?.().block(rule, 'b', '10s'),
      here?.().block(rule, 'b', '30s'),
    ]);
    const waiting = await here?.().consume(rule, 'b');
    expect(waiting?.retryAfterMs).toBe(30_000);
    await there?.().unblock(rule, 'b');
    expect(await here?.().inspect(rule, 'b')).toMatchObject({ remaining: 5 });
  });

  test('is for one key', async () => {
    await here?.().block(rule, 'c', '10s');
    expect((await there?.().consume(rule, 'd'))?.allowed).toBe(true);
  });

  test.each(['soon', 0, '32d'])('of %j is refused', async (duration) => {
    await expect(here?.().block(rule, 'e', duration)).rejects.toThrow(/block.duration is/);
  });
});
