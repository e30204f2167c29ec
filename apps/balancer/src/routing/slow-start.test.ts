import { expect, test } from 'vitest';
import { shareOf } from './slow-start.js';

test.each<[number, number, number, number]>([
  [0, 0, 0.1, 1],
  [0, 1_000, 0.1, 0.1],
  [500, 1_000, 0.1, 0.55],
  [1_000, 1_000, 0.1, 1],
  [9_000, 1_000, 0.1, 1],
  [1, 1_000, 1, 1],
])('%i ms after joining, of %i ms from %d: %d', (sinceMs, durationMs, fromShare, expected) => {
  expect(shareOf(sinceMs, { durationMs, fromShare })).toBeCloseTo(expected);
});
