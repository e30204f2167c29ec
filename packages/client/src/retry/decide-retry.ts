import { LEAST_USEFUL_ATTEMPT_MS } from '../limits.js';
import { type AttemptFailure, classifyFailure, type FailureClass } from './attempt-failure.js';
import { backoffMs, retryAfterSpreadMs } from './backoff.js';
import { spendBudget } from './retry-budget.js';
import type { RetryPolicy } from './retry-policy.js';

/**
 * What makes a call safe to repeat: its method, by definition (RFC 9110 §9.2.2); a key the server
 * remembers the outcome under; or nothing.
 */
export type CallSafety = 'idempotent' | 'keyed' | 'unsafe';

/** Remedies that are tried once per call and cost no retry budget. */
export type Remedy = 'refresh-csrf' | 'reauthenticate';

export interface RetrySituation {
  readonly failure: AttemptFailure;
  readonly safety: CallSafety;
  /** False for a stream: its bytes are gone after the first attempt. */
  readonly bodyRepeatable: boolean;
  /** Repetitions charged to this call so far. */
  readonly repetitions: number;
  /** Remedies this client has, less those this call has used. */
  readonly remedies: readonly Remedy[];
  /** Whether another node was already tried because of a `421`. */
  readonly redirected: boolean;
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

export type RetryDecision =
  | {
      readonly action: 'repeat';
      readonly delayMs: number;
      /** Take the next base URL, if there are several. */
      readonly otherHost: boolean;
    }
  | { readonly action: Remedy }
  | { readonly action: 'fail'; readonly because: StopReason };

const ANY: readonly CallSafety[] = ['idempotent', 'keyed', 'unsafe'];
const REPEATABLE: readonly CallSafety[] = ['idempotent', 'keyed'];

/** Which calls each failure allows to repeat; `docs/http.md` says what ran and what did not. */
const REPEATED: Readonly<Record<FailureClass, readonly CallSafety[]>> = {
  'never-connected': ANY,
  'connection-lost': REPEATABLE,
  gateway: REPEATABLE,
  'not-stored': REPEATABLE,
  'not-processed': ANY,
  throttled: REPEATABLE,
  'in-progress': ['keyed'],
  misdirected: ANY,
  csrf: [],
  authentication: [],
  final: [],
};

/**
 * Decides what follows a failed attempt: the whole retry policy as one pure function.
 *
 * A call is repeated only when it surely was not carried out, or when carrying it out again is
 * harmless (idempotent method, or a key the server remembers). Everything else fails at once, with
 * an outcome that says what is known.
 */
export function decideRetry(situation: RetrySituation, policy: RetryPolicy): RetryDecision {
  const row = classifyFailure(situation.failure);
  const remedy = remedyFor(row);
  if (!situation.bodyRepeatable) return fail('not-repeatable');
  if (remedy) {
    return situation.remedies.includes(remedy) ? { action: remedy } : fail('not-repeatable');
  }
  if (!REPEATED[row].includes(situation.safety)) return fail('not-repeatable');
  if (row === 'misdirected' && situation.redirected) return fail('not-repeatable');
  return scheduleRepetition(row, situation, policy);
}

function scheduleRepetition(
  row: FailureClass,
  { failure, repetitions, remainingMs, tokens, random }: RetrySituation,
  policy: RetryPolicy,
): RetryDecision {
  const askedMs = failure.kind === 'status' ? failure.retryAfterMs : undefined;
  const latestMs = remainingMs - LEAST_USEFUL_ATTEMPT_MS;
  if (askedMs !== undefined && askedMs > policy.maxRetryAfterMs) return fail('retry-after');
  if ((askedMs ?? 0) > latestMs) return fail('deadline');
  if (repetitions + 1 >= policy.attempts) return fail('attempts');
  if (spendBudget(tokens) === undefined) return fail('budget');
  const baseMs = row === 'throttled' ? policy.throttleBaseMs : policy.baseMs;
  const delayMs =
    askedMs === undefined
      ? backoffMs({ baseMs, maxMs: policy.maxMs }, repetitions + 1, random)
      : askedMs + retryAfterSpreadMs(askedMs, random);
  return {
    action: 'repeat',
    // Jitter is ours to give up: a wait the deadline allows is not failed for its random part.
    delayMs: row === 'misdirected' ? 0 : Math.min(delayMs, latestMs),
    otherHost: row === 'never-connected' || row === 'connection-lost' || row === 'misdirected',
  };
}

function remedyFor(row: FailureClass): Remedy | undefined {
  if (row === 'csrf') return 'refresh-csrf';
  return row === 'authentication' ? 'reauthenticate' : undefined;
}

function fail(because: StopReason): RetryDecision {
  return { action: 'fail', because };
}
