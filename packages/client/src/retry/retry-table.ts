/**
 * What makes a call safe to repeat: nothing; its method, by definition (RFC 9110 §9.2.2); or a key
 * the server remembers the outcome under. Each is enough for all the one before it is enough for.
 */
export const UNSAFE = 0;
export const IDEMPOTENT = 1;
export const KEYED = 2;
export type CallSafety = typeof UNSAFE | typeof IDEMPOTENT | typeof KEYED;
const NEVER = 3;

/**
 * What is known about a failed call; the three things an interface has to say differently.
 *
 * - `not-sent`: no handler ran. "Try again."
 * - `rejected`: the server decided, and nothing was changed. "Correct this."
 * - `unknown`: it may have been carried out. "We are checking." Repeat only with the same key.
 */
export type CallOutcome = 'not-sent' | 'rejected' | 'unknown';

/**
 * What is done, once per call and without charge, before the call is sent again: fetch a new CSRF
 * token, sign in again, or ask another node, as a `421` demands.
 */
export type Remedy = 'csrf' | 'login' | 'move';

/** How one attempt failed, as far as the client can tell. */
export interface AttemptFailure {
  /**
   * The problem's name, or `http-<status>`; without a readable answer `unreachable` (surely not
   * sent), `connection-lost`, `timeout`, `aborted` or `invalid-response`.
   */
  readonly code: string;
  /** Absent when no answer came. */
  readonly status?: number | undefined;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
}

/** A row of the retry table. */
export type RetryRow = readonly [
  /** What this attempt by itself tells about the call. */
  outcome: CallOutcome,
  /** Least safety of a call that may be repeated. */
  repeatFrom: CallSafety | typeof NEVER,
  /** What makes a repetition worth while for every call. */
  remedy?: Remedy,
];

const NOT_RUN: RetryRow = ['not-sent', UNSAFE];
const NOT_STORED: RetryRow = ['rejected', IDEMPOTENT];
const DOUBTFUL: RetryRow = ['unknown', IDEMPOTENT];
const STILL_RUNNING: RetryRow = ['unknown', KEYED];
const BROKEN: RetryRow = ['unknown', NEVER];
const REFUSED: RetryRow = ['rejected', NEVER];
/** From the handler, or from the journal of an earlier attempt: the last word. */
const DECIDED: RetryRow = ['rejected', NEVER];

/** Assigns a failed attempt to its row; `docs/http.md` says what ran and what was stored. */
export function retryRow({ code, status = 0, retryAfterMs }: AttemptFailure): RetryRow {
  switch (status) {
    case 0:
      if (code === 'aborted') return BROKEN;
      return code === 'unreachable' ? NOT_RUN : DOUBTFUL;
    case 401:
      return /^(session|authentication)-/.test(code) ? ['rejected', NEVER, 'login'] : REFUSED;
    case 403:
      return code === 'csrf-invalid' ? ['rejected', NEVER, 'csrf'] : REFUSED;
    case 409:
      return code === 'idempotency-in-progress' ? STILL_RUNNING : DECIDED;
    case 421:
      return ['not-sent', NEVER, 'move'];
    case 408:
    case 502:
    case 504:
      return DOUBTFUL;
    case 429:
    case 503:
      return retryAfterMs === undefined ? NOT_STORED : NOT_RUN;
  }
  // A handler that crashed may have done things elsewhere before.
  return (status >= 400 && status < 500) || code === 'session-value' ? DECIDED : BROKEN;
}

/**
 * What the attempts of one call tell together. Once an attempt may have been carried out, only the
 * handler's own answer settles the matter; a later refusal at the door says nothing about it.
 */
export function callOutcome(
  previous: CallOutcome | undefined,
  failure: AttemptFailure,
): CallOutcome {
  const row = retryRow(failure);
  return previous === 'unknown' && row !== DECIDED ? previous : row[0];
}
