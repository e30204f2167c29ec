/** Whoever is told that a time is over. */
export interface Waiter {
  onDeadline(): void;
}

/** A time by which something has to have happened; told by `waiter` when it has not. */
export interface Deadline {
  /** Begins, or begins again, to wait. */
  set(delayMs: number, waiter: Waiter): void;
  /** Nobody waits any more. */
  clear(): void;
}

/**
 * Deadlines that are nearly always cleared long before they are due, several for each request. One
 * that is set again later than before costs a comparison: Node's timer behind it goes on, and when
 * it fires looks whether anybody still waits, and how long.
 *
 * They are lent, and used again, so that a balancer under load creates none.
 */
export class Deadlines {
  readonly #free: LazyDeadline[] = [];

  /** @param now A clock that never goes back, in ms. */
  constructor(readonly now: () => number) {}

  take(): Deadline {
    return this.#free.pop() ?? new LazyDeadline(this.now);
  }

  /** There are never more free ones than were in use at once. */
  give(deadline: Deadline): void {
    deadline.clear();
    this.#free.push(deadline as LazyDeadline);
  }
}

class LazyDeadline implements Deadline {
  readonly #now: () => number;
  #waiter: Waiter | undefined;
  #dueAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; infinite without one. */
  #firesAtMs = Number.POSITIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  set(delayMs: number, waiter: Waiter): void {
    const nowMs = this.#now();
    this.#waiter = waiter;
    this.#dueAtMs = nowMs + delayMs;
    if (this.#dueAtMs < this.#firesAtMs) this.#arm(delayMs);
  }

  clear(): void {
    this.#waiter = undefined;
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAtMs = this.#now() + delayMs;
    // What is waited for has a socket, which keeps the process alive; a free deadline must not.
    this.#timer = setTimeout(this.#onTimer, delayMs).unref();
  }

  readonly #onTimer = (): void => {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const leftMs = this.#dueAtMs - this.#now();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.#waiter = undefined;
    waiter.onDeadline();
  };
}
