import type { EnlistPolicy } from '@understudy/replication';
import { SessionOptionError } from '../errors.js';
import { MAX_SESSIONS_PER_PRINCIPAL } from '../limits.js';
import { type CheckedRule, checkRule } from '../rate-limit/rate-limit-rule.js';
import { type ByteSize, byteSizeOption } from './byte-size.js';
import type { Duration } from './duration.js';
import { oneOf } from './one-of.js';
import type { OptionNames } from './option-names.js';

/** Bounds of a session, of those that begin, and of those of one principal. */
export interface SessionLimitOptions {
  /** Size of one session, 1kb to 4mb. More is answered 413. Default `256kb`. */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * How many anonymous sessions one IPv4 address or IPv6 /64 may begin; more is answered 429 and
   * not stored. Loopback and private addresses are exempt: they are proxies and developers. `false`
   * for no limit. Default 300 per `1m`.
   */
  readonly newSessions?: NewSessionLimit | false | undefined;
  /**
   * How many sessions of one principal may be alive, 1 to 100; exact, however many sign in at the same
   * time and on whatever nodes. Default: any number.
   */
  readonly perPrincipal?: number | undefined;
  /**
   * What a login beyond `perPrincipal` does: `evict-oldest` ends the session that signed in first,
   * `reject` answers 403 `session-limit` and signs nobody in. Default `evict-oldest`. Needs a limit.
   */
  readonly onLimit?: EnlistPolicy | undefined;
}

/** How many sessions may begin in how much time. */
export interface NewSessionLimit {
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 1s to 31d. */
  readonly window: Duration;
}

export const LIMIT_OPTION_NAMES: OptionNames<SessionLimitOptions> = {
  maxBytes: true,
  newSessions: true,
  perPrincipal: true,
  onLimit: true,
};

export interface NormalizedLimits {
  readonly maxBytes: number;
  /** How often one address may begin a session; undefined for no limit. */
  readonly newSessions: CheckedRule | undefined;
  readonly perPrincipal: number | undefined;
  readonly onLimit: EnlistPolicy;
}

export function normalizeLimits(limits: SessionLimitOptions = {}): NormalizedLimits {
  return {
    maxBytes: byteSizeOption('limits.maxBytes', limits.maxBytes, 256 * 1024, {
      min: 1024,
      max: 4 * 1024 * 1024,
    }),
    newSessions: newSessionRule(limits.newSessions),
    perPrincipal: sessionsPerPrincipal(limits.perPrincipal),
    onLimit: limitPolicy(limits),
  };
}

function sessionsPerPrincipal(limit: number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_SESSIONS_PER_PRINCIPAL) return limit;
  const expected = `a whole number from 1 to ${MAX_SESSIONS_PER_PRINCIPAL}`;
  throw new SessionOptionError('limits.perPrincipal', limit, expected);
}

function limitPolicy({ onLimit, perPrincipal }: SessionLimitOptions): EnlistPolicy {
  const policy = oneOf('limits.onLimit', onLimit ?? 'evict-oldest', ['evict-oldest', 'reject']);
  if (onLimit === undefined || perPrincipal !== undefined) return policy;
  throw new SessionOptionError('limits.onLimit', onLimit, 'limits.perPrincipal beside it');
}

function newSessionRule(
  limit: NewSessionLimit | false = { limit: 300, window: '1m' },
): CheckedRule | undefined {
  if (limit === false) return undefined;
  if (typeof limit !== 'object' || limit === null || Array.isArray(limit)) {
    const expected = 'false, or an object with limit, window';
    throw new SessionOptionError('limits.newSessions', limit, expected);
  }
  return checkRule({ ...limit, name: 'new-sessions', by: 'ip' });
}
