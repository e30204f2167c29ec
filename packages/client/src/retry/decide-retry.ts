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
  /** Repetitions charged to this call so far. */
  readonly repetitions: number;
  /** Remedies this client has, less those this call has used. */
  readonly remedies: readonly Remedy[];
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

/** What follows a failed attempt: an end, a remedy and a repetition, or a repetition by itself. */
export interface RetryDecision {
  readonly stoppedBy?: StopReason | undefined;
  readonly remedy?: Remedy | undefined;
  /** Time to wait before the repetition. */
  readonly delayMs: number;
}

/**
 * Decides what follows a failed attempt: the whole retry policy as one pure function.
 *
 * A call is repeated only when it surely was not carried out, or when carrying it out again is
 * harmless (idempotent method, or a key the server remembers). Everything else fails at once, with
 * an outcome that says what is known.
 */
export function decideRetry(
  {
    failure,
    safety,
    repeatable,
    repetitions,
    remedies,
    remainingMs,
    tokens,
    random,
  }: RetrySituation,
  { attempts, baseMs, throttleBaseMs, maxMs, maxRetryAfterMs }: RetryPolicy,
): RetryDecision {
  const { status, retryAfterMs = 0 } = failure;
  const { remedy, repeatFrom } = retryRow(failure);
  const latestMs = remainingMs - LEAST_USEFUL_ATTEMPT_MS;
  const stop = (stoppedBy: StopReason) => ({ stoppedBy, delayMs: 0 });
  if (!repeatable) return stop('not-repeatable');
  if (remedy && remedies.includes(remedy)) return { remedy, delayMs: 0 };
  if (safety < repeatFrom) return stop('not-repeatable');
  if (retryAfterMs > maxRetryAfterMs) return stop('retry-after');
  if (retryAfterMs > latestMs) return stop('deadline');
  if (repetitions + 1 >= attempts) return stop('attempts');
  if (tokens < 1) return stop('budget');
  const delayMs =
    failure.retryAfterMs === undefined
      ? backoffMs(status === 429 ? throttleBaseMs : baseMs, maxMs, repetitions, random)
      : retryAfterMs + retryAfterSpreadMs(retryAfterMs, random);
  // Jitter is ours to give up: a wait the deadline allows is not failed for its random part.
  return { delayMs: Math.min(delayMs, latestMs) };
}
