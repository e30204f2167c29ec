import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consumeRate, type RateParameters } from './rate-limit.js';

const FIVE_A_MINUTE: RateParameters = { intervalMs: 12_000, burst: 5 };

/** Runs requests of cost 1 at these times; returns what was answered. */
function run(parameters: RateParameters, times: readonly number[]): boolean[] {
  let arrivalMs: number | undefined;
  return times.map((nowMs) => {
    const outcome = consumeRate(parameters, arrivalMs, nowMs, 1);
    arrivalMs = outcome.arrivalMs;
    return outcome.allowed;
  });
}

describe('a rate limit', () => {
  it('allows the burst at once, then one each interval', () => {
    expect(run(FIVE_A_MINUTE, [0, 0, 0, 0, 0, 0, 11_999, 12_000, 12_001, 24_000])).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it.each([
    { used: 0, cost: 1, allowed: true, remaining: 4, retryAfterMs: 0, resetAfterMs: 12_000 },
    { used: 4, cost: 1, allowed: true, remaining: 0, retryAfterMs: 0, resetAfterMs: 60_000 },
    { used: 5, cost: 1, allowed: false, remaining: 0, retryAfterMs: 12_000, resetAfterMs: 60_000 },
    { used: 3, cost: 3, allowed: false, remaining: 2, retryAfterMs: 12_000, resetAfterMs: 36_000 },
    { used: 0, cost: 6, allowed: false, remaining: 5, retryAfterMs: 12_000, resetAfterMs: 0 },
    { used: 3, cost: 0, allowed: true, remaining: 2, retryAfterMs: 0, resetAfterMs: 36_000 },
    { used: 5, cost: 0, allowed: true, remaining: 0, retryAfterMs: 0, resetAfterMs: 60_000 },
    { used: 3, cost: -1, allowed: true, remaining: 3, retryAfterMs: 0, resetAfterMs: 24_000 },
    { used: 1, cost: -4, allowed: true, remaining: 5, retryAfterMs: 0, resetAfterMs: 0 },
  ])('after $used answers $cost with $allowed, $remaining left', ({ used, cost, ...expected }) => {
    const nowMs = 1_000_000;
    const arrivalMs = nowMs + used * FIVE_A_MINUTE.intervalMs;
    const { arrivalMs: _next, ...outcome } = consumeRate(FIVE_A_MINUTE, arrivalMs, nowMs, cost);
    expect(outcome).toEqual(expected);
  });

  it('only looks when the cost is 0, and charges nothing when it refuses', () => {
    const nowMs = 500;
    const arrivalMs = nowMs + 60_000;
    expect(consumeRate(FIVE_A_MINUTE, arrivalMs, nowMs, 0).arrivalMs).toBe(arrivalMs);
    expect(consumeRate(FIVE_A_MINUTE, arrivalMs, nowMs, 1).arrivalMs).toBe(arrivalMs);
  });

  it('tells a time to wait after which it does allow', () => {
    fc.assert(
      fc.property(parameters, fc.double({ min: 0, max: 12, noNaN: true }), (limit, ahead) => {
        const arrivalMs = 1000 + ahead * limit.intervalMs;
        const { allowed, retryAfterMs } = consumeRate(limit, arrivalMs, 1000, 1);
        if (allowed) return;
        expect(consumeRate(limit, arrivalMs, 1000 + retryAfterMs, 1).allowed).toBe(true);
        expect(consumeRate(limit, arrivalMs, 1000 + retryAfterMs - 1, 1).allowed).toBe(false);
      }),
    );
  });

  it('never admits more than the burst and what elapsed, in any stretch of time', () => {
    fc.assert(
      fc.property(parameters, arrivals, (limit, times) => {
        const answers = run(limit, times);
        const admitted = times.filter((_time, index) => answers[index]);
        admitted.forEach((end, last) => {
          admitted.slice(0, last + 1).forEach((start, first) => {
            const most = limit.burst + (end - start) / limit.intervalMs;
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-9);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  it('decides as a token bucket does', () => {
    fc.assert(
      fc.property(parameters, arrivals, (limit, times) => {
        expect(run(limit, times)).toEqual(runTokenBucket(limit, times));
      }),
      { numRuns: 1000 },
    );
  });

  it('admits the last of a full burst although its state travelled as a difference', () => {
    const parameters = { intervalMs: 60_000, burst: 5 };
    for (let step = 1; step < 2000; step++) {
      const nowMs = 1000 + step * 0.7301;
      const arrivalMs = nowMs + (nowMs + 4 * parameters.intervalMs - nowMs);
      const outcome = consumeRate(parameters, arrivalMs, nowMs, 1);
      expect(outcome).toMatchObject({ allowed: true, remaining: 0 });
    }
  });

  it('is not loosened by merging two copies, which is their maximum', () => {
    fc.assert(
      fc.property(parameters, arrivals, fc.nat({ max: 20 }), (limit, times, late) => {
        let arrivalMs: number | undefined;
        const seen: number[] = [];
        for (const nowMs of times) {
          arrivalMs = consumeRate(limit, arrivalMs, nowMs, 1).arrivalMs;
          seen.push(arrivalMs);
          const stale = seen[Math.max(0, seen.length - 1 - late)] as number;
          expect(Math.max(stale, arrivalMs)).toBe(arrivalMs);
        }
      }),
    );
  });
});

/** Powers of two, so that the bucket's fractions are exact. */
const parameters: fc.Arbitrary<RateParameters> = fc.record({
  intervalMs: fc.constantFrom(1, 8, 64, 1024),
  burst: fc.integer({ min: 1, max: 8 }),
});

const arrivals = fc
  .array(fc.oneof(fc.constant(0), fc.nat({ max: 16 }), fc.nat({ max: 2000 })), { maxLength: 60 })
  .map((gaps) => {
    let nowMs = 0;
    return gaps.map((gap) => {
      nowMs += gap;
      return nowMs;
    });
  });

function runTokenBucket({ intervalMs, burst }: RateParameters, times: readonly number[]) {
  let tokens = burst;
  let lastMs = 0;
  return times.map((nowMs) => {
    tokens = Math.min(burst, tokens + (nowMs - lastMs) / intervalMs);
    lastMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  });
}
