import { SessionUsageError } from '../errors.js';
import { formatDuration } from '../options/duration.js';
import type { Timeouts } from './timeout-profiles.js';

/** How long one session lives, with what it was given of its own. */
export interface Lifetime {
  readonly idleTimeoutMs: number;
  /** From its login, or its beginning. */
  readonly absoluteTimeoutMs: number;
  /** Its cookies outlive the browser. */
  readonly isPersistent: boolean;
}

/** What the record of a session says of its lifetime; the names are those in its system part. */
export interface LifetimeFacts {
  /** From `session.cookie.maxAge`, milliseconds. */
  readonly idleMs?: unknown;
  /** From `login(principal, { remember: true })`. */
  readonly remember?: unknown;
  /** From `login(principal, { until })`: it must not live longer. */
  readonly until?: unknown;
}

/** No session is asked to live for less: a request must be able to come to its end. */
const MIN_LIFETIME_MS = 1000;

export function lifetimeOf(
  { idleMs, remember, until }: LifetimeFacts,
  policy: Timeouts,
  nowMs: number,
): Lifetime {
  // The option may have gone since the login: then the others hold.
  const rememberMs = remember === true ? policy.rememberTimeoutMs : undefined;
  const ownIdleMs = typeof idleMs === 'number' ? idleMs : undefined;
  const absoluteMs = rememberMs ?? policy.absoluteTimeoutMs;
  const remainingMs = until instanceof Date ? until.getTime() - nowMs : absoluteMs;
  return {
    idleTimeoutMs: ownIdleMs ?? rememberMs ?? policy.idleTimeoutMs,
    absoluteTimeoutMs: Math.max(MIN_LIFETIME_MS, Math.min(absoluteMs, remainingMs)),
    isPersistent: rememberMs !== undefined || ownIdleMs !== undefined,
  };
}

/** The longest that any session may live: what is older cannot have been lost. */
export function longestTimeoutMs({ absoluteTimeoutMs, rememberTimeoutMs = 0 }: Timeouts): number {
  return Math.max(absoluteTimeoutMs, rememberTimeoutMs);
}

/** Checks what an application sets as `session.cookie.maxAge`; in whole ms. */
export function checkIdleTimeout(ms: number, absoluteTimeoutMs: number): number {
  if (ms >= MIN_LIFETIME_MS && ms <= absoluteTimeoutMs) return Math.round(ms);
  throw new SessionUsageError(
    `session.cookie.maxAge is ${ms} ms, expected from 1s to ${formatDuration(absoluteTimeoutMs)}, ` +
      'which is the absolute timeout; see timeouts.absolute and timeouts.remember',
  );
}
