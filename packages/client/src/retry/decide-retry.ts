import { LEAST_USEFUL_ATTEMPT_MS } from '../limits.js';
import { backoffMs, retryAfterSpreadMs } from './backoff.js';
import type { RetryPolicy } from './retry-policy.js';
import { type AttemptFailure, type CallSafety, type Remedy, retryRow } from './retry-table.js';

/** All that counts for the question what follows a failed attempt. */
export interface RetrySituation {
  readonly failure: AttemptFailure;
  readonly safety: CallSafety;
  /** False for a stream: its bytes are gone after the first attempt. */
  readonly repeatable: boolean;
  /** Times the call was sent. */
  readonly attempts: number;
  /** Remedies this call must not use, or has used. */
  readonly used: readonly Remedy[];
  /** What is left of the call's total deadline. */
  readonly remainingMs: number;
  /** Tokens in the client's retry budget. */
  readonly tokens: number;
  /** In [0, 1). */
  readonly random: number;
}

/** Why a failed call was not, or not again, repeated. */
export type StopReason =
  /** The kind of failure, or of call, does not allow it. */
  | 'not-repeatable'
  | 'attempts'
  | 'budget'
  | 'deadline'
  /** The server asks for more patience than `maxRetryAfterMs`. */
  | 'retry-after';

/** What follows a failed attempt: an end, or a remedy and a repetition, or a wait and the same. */
export interface RetryDecision {
  readonly stoppedBy?: StopReason;
  readonly remedy?: Remedy;
  readonly delayMs?: number;
}

/**
 * Decides what follows a failed attempt: the whole retry policy as one pure function.
 *
 * A call is repeated only when it surely was not carried out, or when carrying it out again is
 * harmless (idempotent method, or a key the server remembers). Everything else fails at once, with
 * an outcome that says what is known.
 */
export function decideRetry(situation: RetrySituation, policy: RetryPolicy): RetryDecision {
  const { failure, attempts, random } = situation;
  const { retryAfterMs } = failure;
  const [, repeatFrom, remedy] = retryRow(failure);
  const latestMs = situation.remainingMs - LEAST_USEFUL_ATTEMPT_MS;
  if (!situation.repeatable) return { stoppedBy: 'not-repeatable' };
  if (remedy && !situation.used.includes(remedy)) return { remedy };
  if (situation.safety < repeatFrom) return { stoppedBy: 'not-repeatable' };
  const leastMs = retryAfterMs ?? 0;
  if (leastMs > policy.maxRetryAfterMs) return { stoppedBy: 'retry-after' };
  if (leastMs > latestMs) return { stoppedBy: 'deadline' };
  if (attempts >= policy.attempts) return { stoppedBy: 'attempts' };
  if (situation.tokens < 1) return { stoppedBy: 'budget' };
  const jitterMs =
    retryAfterMs === undefined
      ? backoffMs(policy, attempts, random)
      : retryAfterSpreadMs(retryAfterMs, random);
  // Jitter is ours to give up: a wait the deadline allows is not failed for its random part.
  return { delayMs: Math.min(leastMs + jitterMs, latestMs) };
}
