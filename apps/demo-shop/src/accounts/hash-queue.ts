import { BusyError } from '../errors.js';
import { LIMITS } from '../limits.js';

/**
 * Runs a few password hashes at a time. Without it, a burst of sign-ins takes every thread of the
 * pool and 16 MB each, and the shop stops answering everybody else.
 */
export class HashQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly maxRunning: number = LIMITS.maxHashesRunning,
    private readonly maxWaiting: number = LIMITS.maxHashesWaiting,
  ) {}

  /** @throws BusyError when too many are waiting; `work` did not run. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.maxRunning) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Resolves when a place was handed over; the number of running hashes stays the same. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.maxWaiting) throw new BusyError(this.#waiting.length);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
