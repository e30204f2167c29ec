import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from './deadline.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

function waiting() {
  const deadlines = new Deadlines(() => Date.now());
  const deadline = deadlines.take();
  const startedAtMs = Date.now();
  const toldAtMs: number[] = [];
  const waiter = { onDeadline: () => void toldAtMs.push(Date.now() - startedAtMs) };
  return { deadlines, deadline, waiter, toldAtMs };
}

test('is told once, when the time is over', () => {
  const { deadline, waiter, toldAtMs } = waiting();
  deadline.set(100, waiter);
  vi.advanceTimersByTime(1_000);
  expect(toldAtMs).toEqual([100]);
});

test.each([
  ['later', [100, 300], [350]],
  ['earlier', [300, 100], [150]],
  ['later, then earlier', [100, 500, 20], [120]],
])('set again for %s, it goes by what was said last', (_what, delaysMs, expected) => {
  const { deadline, waiter, toldAtMs } = waiting();
  for (const [index, delayMs] of delaysMs.entries()) {
    if (index > 0) vi.advanceTimersByTime(50);
    deadline.set(delayMs, waiter);
  }
  vi.advanceTimersByTime(1_000);
  expect(toldAtMs).toEqual(expected);
});

test('cleared, it tells nobody, and whoever gets it next waits his own time', () => {
  const { deadlines, deadline, waiter, toldAtMs } = waiting();
  deadline.set(100, waiter);
  vi.advanceTimersByTime(60);
  deadlines.give(deadline);
  const next = deadlines.take();
  expect(next).toBe(deadline);
  vi.advanceTimersByTime(20);
  next.set(100, waiter);
  vi.advanceTimersByTime(1_000);
  expect(toldAtMs).toEqual([180]);
});
