import { expect, test } from 'vitest';
import { respawnDelayMs } from './respawn-delay.js';

test.each([
  [0, 0],
  [1, 100],
  [2, 200],
  [5, 1_600],
  [8, 10_000],
  [1_000_000, 10_000],
])('after %i early deaths in a row a worker is replaced in %i ms', (deaths, delayMs) => {
  expect(respawnDelayMs(deaths)).toBe(delayMs);
});
