import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@understudy/replication';
import { SessionUsageError } from '../errors.js';

/**
 * Less than a heartbeat: nodes that share the clock hear each other in between, as they would if the
 * time had really passed, and nobody is taken for dead.
 */
const STEP_MS = 200;

/** Turns of the event loop in which the messages of one step arrive and are answered. */
const TURNS_PER_STEP = 3;

export interface FakeClockOptions {
  /** What it shows at first, milliseconds since 1970. Default: the present time. */
  readonly startMs?: number | undefined;
}

interface Timer {
  readonly intervalMs: number;
  readonly callback: () => void;
  dueMs: number;
}

/**
 * A clock that stands still until it is told to go on: what takes half an hour is tested in a moment,
 * to the millisecond. All nodes of a cluster must share one. Messages and handlers run as ever, but
 * no timeout passes by itself: advance the clock while something waits for one.
 *
 * ```ts
 * const clock = new FakeClock();
 * SessionModule.forRoot({ clock });
 * await clock.advance(30 * 60_000);
 * ```
 */
export class FakeClock implements Clock {
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #advancing: Promise<void> = Promise.resolve();

  /** Throws `SessionUsageError` when `startMs` is no finite number. */
  constructor({ startMs = Date.now() }: FakeClockOptions = {}) {
    if (!Number.isFinite(startMs)) {
      throw new SessionUsageError(`startMs is ${startMs}, expected milliseconds since 1970`);
    }
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#elapsedMs;
  }

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  /** Runs in real time, too, with the time standing still: a node could not start otherwise. */
  every(intervalMs: number, callback: () => void): () => void {
    const timer: Timer = { intervalMs, callback, dueMs: this.#elapsedMs + intervalMs };
    const pulse = setInterval(callback, intervalMs);
    pulse.unref();
    this.#timers.add(timer);
    return () => {
      clearInterval(pulse);
      this.#timers.delete(timer);
    };
  }

  afterTurn(callback: () => void): void {
    setImmediate(callback);
  }

  /**
   * Lets `ms` milliseconds pass, in steps, so that whatever falls due between happens at its time.
   * Resolves when it has. A second call waits for the first. Rejects with `SessionUsageError` when `ms`
   * is negative or no number, and with what a timer threw: time then stands where it did, and a later
   * call goes on from there. With an `AggregateError` when several timers threw at once.
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new SessionUsageError(`advance() expects milliseconds from 0, not ${ms}`);
    }
    const passing = this.#advancing.then(() => this.#pass(ms));
    // Who called hears of a failure; those who wait behind it would all fail of the same.
    this.#advancing = passing.catch(() => {});
    return passing;
  }

  async #pass(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    while (this.#elapsedMs < untilMs) {
      this.#elapsedMs = Math.min(untilMs, this.#elapsedMs + STEP_MS);
      this.#fire();
      for (let turn = 0; turn < TURNS_PER_STEP; turn++) await nextTurn();
    }
  }

  /** Once each, however often a timer was due: so do real ones after a busy moment. */
  #fire(): void {
    const errors: unknown[] = [];
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.#elapsedMs || !this.#timers.has(timer)) continue;
      timer.dueMs = this.#elapsedMs + timer.intervalMs;
      try {
        timer.callback();
      } catch (error) {
        // The others are due, too: one that is passed over would be late by a whole interval.
        errors.push(error);
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} timers threw`);
    if (errors.length === 1) throw errors[0];
  }
}
