const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5000;

/** When to ask a tier again that failed: later each time, and at once when it says it is back. */
export class TierPace {
  #pauseMs = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** The last answer was a failure, or the tier said that it is away. */
  get isFailing(): boolean {
    return this.#pauseMs > 0;
  }

  mayAsk(nowMs: number): boolean {
    return nowMs >= this.#untilMs;
  }

  answered(): void {
    this.#pauseMs = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  failed(nowMs: number): void {
    // Many operations fail together; together they are one failure.
    if (!this.mayAsk(nowMs)) return;
    this.#pauseMs = Math.min(LAST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs));
    this.#untilMs = nowMs + this.#pauseMs;
  }
}
