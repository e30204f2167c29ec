import { expect, test, vi } from 'vitest';
import { systemClock } from './clock.js';

test.each([Number.POSITIVE_INFINITY, 2 ** 31, 30 * 24 * 60 * 60 * 1000])(
  'a wait of %d ms, which no timer of the platform can take, does not end at once',
  (delayMs) => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    const cancel = systemClock.after(delayMs, () => expect.unreachable());
    const askedMs = Number(setTimer.mock.lastCall?.[1]);
    cancel();
    setTimer.mockRestore();
    expect(askedMs).toBeGreaterThan(20 * 24 * 60 * 60 * 1000);
    expect(askedMs).toBeLessThan(2 ** 31);
  },
);
