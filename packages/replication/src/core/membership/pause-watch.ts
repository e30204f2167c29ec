import type { CoreContext } from '../context.js';

/**
 * Ticks come every few milliseconds; a long gap means this process was paused. What it did not
 * hear meanwhile proves nothing, and what it owned may be owned elsewhere. Noticed before any
 * event is handled, because queued requests run before the tick does.
 */
export class PauseWatch {
  /** When it woke up from its last pause; not from one that began while it was cut off. */
  #resumedMs = Number.NEGATIVE_INFINITY;
  #tickMs: number;

  constructor(
    private readonly context: CoreContext,
    nowMs: number,
  ) {
    this.#tickMs = nowMs;
  }

  get awaitsBus(): boolean {
    const { busConnected, nowMs, settings } = this.context;
    return !busConnected && nowMs - this.#resumedMs < settings.timings.deadAloneAfterMs;
  }

  ticked(): void {
    this.#tickMs = this.context.nowMs;
  }

  notice(): void {
    const { context } = this;
    const { nowMs } = context;
    if (nowMs - this.#tickMs <= context.settings.timings.pauseMs) return;
    this.#tickMs = nowMs;
    context.membership.forgive(nowMs);
    context.unverifiedSinceMs = nowMs;
    if (context.busConnected) this.#resumedMs = nowMs;
  }
}
