import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../test/scripted-fetch.js';
import { backoffMs, retryAfterSpreadMs } from './backoff.js';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('back-off', () => {
  test.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [8, 12_800],
    [9, 20_000],
    [60, 20_000],
  ])('after %i attempts is spread below %i ms', (attempts, limitMs) => {
    const policy = { baseMs: 100, maxMs: 20_000 };
    fc.assert(
      fc.property(unit, (random) => {
        const waitMs = backoffMs(policy, attempts, random);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(limitMs);
      }),
    );
    expect(backoffMs(policy, attempts, 0.5)).toBe(limitMs / 2);
  });
});

describe('the spread after Retry-After', () => {
  test.each([
    [0, 1000],
    [1000, 1000],
    [5000, 1000],
    [10_000, 2000],
    [60_000, 5000],
  ])('for %i ms is at most %i ms', (retryAfterMs, limitMs) => {
    expect(retryAfterSpreadMs(retryAfterMs, 0)).toBe(0);
    expect(retryAfterSpreadMs(retryAfterMs, 0.5)).toBe(limitMs / 2);
  });

  test('keeps a thousand clients told the same from returning together', () => {
    const random = seededRandom(7);
    const buckets = new Map<number, number>();
    for (let client = 0; client < 1000; client += 1) {
      const bucket = Math.floor(retryAfterSpreadMs(5000, random()) / 100);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect(Math.max(...buckets.values())).toBeLessThanOrEqual(150);
  });
});
