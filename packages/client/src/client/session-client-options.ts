import type { SessionError } from '../errors.js';
import type { Clock } from '../http/clock.js';
import type { Random } from '../http/random.js';
import type { FetchFunction, SessionTransport } from '../http/session-transport.js';
import type { BudgetPolicy } from '../retry/retry-budget.js';
import type { RetryPolicy } from '../retry/retry-policy.js';
import type { SessionCalls } from './session-client.js';

/** Deadlines of a call; both run on the client's clock. */
export interface TimeoutPolicy {
  /** Longest time for one attempt, its body included, in milliseconds. Default 5000. */
  readonly attemptMs: number;
  /**
   * Longest time for the call with all its waits and repetitions, in milliseconds. Default 15 000.
   * It stands still while `onReauthenticate` runs, since a person may be typing.
   */
  readonly totalMs: number;
}

/** What `onReauthenticate` is given. */
export interface ReauthenticationContext {
  /** The `401` that asks for it. */
  readonly error: SessionError;
  /**
   * The client to sign in with. Its calls never wait for a re-authentication; those of the client
   * itself would wait for the very hook they are made from.
   */
  readonly client: SessionCalls;
}

export interface SessionClientOptions {
  /**
   * Absolute http(s) URL that paths are appended to; in a browser it may be relative to the page.
   * Several make the client go on to the next when one cannot be reached. They must be doors to the
   * same cluster, and share the session (same host or cookie domain, or a header transport).
   */
  readonly baseUrl: string | readonly string[];
  /** How the session travels. Default: the browser's cookies. */
  readonly transport?: SessionTransport;
  /**
   * Cookies that may hold the CSRF token, first match wins; `false` sends no token.
   * Default `['__Host-sid-csrf', 'sid-csrf']`.
   */
  readonly csrf?: readonly string[] | false;
  /** Path of the session module's endpoints. Default `/session`. */
  readonly sessionPath?: string;
  /** Repetition of failed attempts; `false` switches it off. */
  readonly retry?: (Partial<Omit<RetryPolicy, 'budget'>> & RetryBudgetOption) | false;
  readonly timeout?: Partial<TimeoutPolicy>;
  /**
   * `unsafe` (default) gives every POST, PUT, PATCH and DELETE an `Idempotency-Key`; `manual` only
   * those that name one, and then a lost answer cannot be repeated.
   */
  readonly idempotency?: 'unsafe' | 'manual';
  /**
   * Signs in again after a `401`, once for all calls that got one; they are then sent again with
   * the keys they had. Resolve to `false` to let them fail.
   */
  readonly onReauthenticate?: (context: ReauthenticationContext) => Promise<boolean>;
  /** Default: the platform's `fetch`. */
  readonly fetch?: FetchFunction;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Source of jitter and of keys. Default `Math.random`. */
  readonly random?: Random;
}

interface RetryBudgetOption {
  readonly budget?: Partial<BudgetPolicy>;
}
