import type { Clock } from '../src/index.js';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Time that passes only when a test says so. */
export interface VirtualClock extends Clock {
  /** Moves on by `byMs`, running what falls due, and lets promises settle in between. */
  advance(byMs: number): Promise<void>;
  /** Jumps from timer to timer until `work` is done; fails when nothing is left to wait for. */
  drive<Value>(work: Promise<Value>): Promise<Value>;
  /** Moves the hands without running a timer: a laptop that slept. */
  jump(byMs: number): void;
  /** Timers not yet due or cancelled. */
  readonly pending: number;
}

export function createVirtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new Set<Timer>();
  let nowMs = startMs;

  const next = (): Timer | undefined => [...timers].sort((a, b) => a.atMs - b.atMs)[0];
  const runNext = async (untilMs: number): Promise<boolean> => {
    await settle();
    const timer = next();
    if (!timer || timer.atMs > untilMs) return false;
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.callback();
    return true;
  };

  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      while (await runNext(untilMs));
      nowMs = Math.max(nowMs, untilMs);
      await settle();
    },
    async drive(work) {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      for (;;) {
        await settle();
        if (isDone) return work;
        if (!(await runNext(Number.POSITIVE_INFINITY))) {
          await settle();
          if (!isDone) throw new Error('nothing left to wait for, and the work is not done');
        }
      }
    },
    jump(byMs) {
      nowMs += byMs;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets everything that waits for no timer run to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
