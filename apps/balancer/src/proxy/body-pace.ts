export interface PaceLimits {
  /** Time a client is given before its average counts, in ms. */
  readonly graceMs: number;
  readonly minBytesPerSecond: number;
}

/**
 * Whether a client sends its body fast enough. A bound on the silence between two bytes alone would
 * let one byte every half minute hold a request, and a place among those in flight, for ever. Time
 * in which nobody reads the client is not its own and does not count.
 */
export class BodyPace {
  readonly #limits: PaceLimits;
  #bytes = 0;
  #waitedMs = 0;
  #waitingSinceMs: number | undefined;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  /** The client is being read from now on. */
  resume(nowMs: number): void {
    this.#waitingSinceMs ??= nowMs;
  }

  pause(nowMs: number): void {
    this.#waitedMs = this.#waited(nowMs);
    this.#waitingSinceMs = undefined;
  }

  /** Counts bytes that came; false when they were too few for the time they took. */
  take(bytes: number, nowMs: number): boolean {
    this.#bytes += bytes;
    const waitedMs = this.#waited(nowMs);
    if (waitedMs <= this.#limits.graceMs) return true;
    return this.#bytes * 1000 >= waitedMs * this.#limits.minBytesPerSecond;
  }

  #waited(nowMs: number): number {
    const current = this.#waitingSinceMs === undefined ? 0 : nowMs - this.#waitingSinceMs;
    return this.#waitedMs + current;
  }
}
