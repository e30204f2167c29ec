import { type CheckedRule, checkRule } from '../rate-limit/rate-limit-rule.js';
import { type ByteSize, byteSizeOption } from './byte-size.js';
import type { Duration } from './duration.js';
import type { OptionNames } from './option-names.js';

export interface SessionLimitOptions {
  /** Size of one session, 1kb to 4mb. More is answered 413. Default `256kb`. */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * How many anonymous sessions one IPv4 address or IPv6 /64 may begin; more is answered 429 and
   * not stored. Loopback and private addresses are exempt: they are proxies and developers. `false`
   * for no limit. Default 300 per `1m`.
   */
  readonly newSessions?: NewSessionLimit | false | undefined;
}

export interface NewSessionLimit {
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 1s to 31d. */
  readonly window: Duration;
}

export const LIMIT_OPTION_NAMES: OptionNames<SessionLimitOptions> = {
  maxBytes: true,
  newSessions: true,
};

export interface NormalizedLimits {
  readonly maxBytes: number;
  /** How often one address may begin a session; undefined for no limit. */
  readonly newSessions: CheckedRule | undefined;
}

export function normalizeLimits(limits: SessionLimitOptions = {}): NormalizedLimits {
  return {
    maxBytes: byteSizeOption('limits.maxBytes', limits.maxBytes, 256 * 1024, {
      min: 1024,
      max: 4 * 1024 * 1024,
    }),
    newSessions: newSessionRule(limits.newSessions),
  };
}

function newSessionRule(
  limit: NewSessionLimit | false = { limit: 300, window: '1m' },
): CheckedRule | undefined {
  return limit === false ? undefined : checkRule({ ...limit, name: 'new-sessions', by: 'ip' });
}
