import type { BudgetPolicy } from './retry-budget.js';

/** How a client repeats calls; every field has a default (see `DEFAULT_RETRY`). */
export interface RetryPolicy {
  /**
   * Times a call may be sent in all, the first included. Default 5: with `baseMs` 100 that spans
   * the second or two in which a peer takes over a session. `1` switches repetition off.
   */
  readonly attempts: number;
  /** Base of the exponential back-off, in milliseconds. Default 100. */
  readonly baseMs: number;
  /** Longest back-off, in milliseconds. Default 20 000. */
  readonly maxMs: number;
  /**
   * Longest `Retry-After` waited for, in milliseconds. Default 30 000. Asked for more, the call
   * fails at once with `retryAfterMs`; it is never repeated early.
   */
  readonly maxRetryAfterMs: number;
  /** Repetitions all calls of the client share; see {@link BudgetPolicy}. */
  readonly budget: BudgetPolicy;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  baseMs: 100,
  maxMs: 20_000,
  maxRetryAfterMs: 30_000,
  budget: { max: 20, ratio: 0.1 },
};
