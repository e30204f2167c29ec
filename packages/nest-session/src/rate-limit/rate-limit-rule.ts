import type { RateDecision, RatePolicy } from '@understudy/replication';
import { SessionOptionError } from '../errors.js';
import type { RateLimitField } from '../http/rate-limit-fields.js';
import { type Duration, parseDurationMs } from '../options/duration.js';
import { oneOf } from '../options/one-of.js';
import { checkGroupNames, type OptionNames } from '../options/option-names.js';
import type { GuardedRequest } from '../platform/request-of.js';

/**
 * Whom a limit counts. A limit by `session` alone protects nothing from someone who drops the
 * cookie: without a session it counts the address instead.
 */
export type RateLimitScope =
  | 'session'
  | 'principal'
  | 'ip'
  | ((request: GuardedRequest) => string | undefined);

/** A rate limit: `limit` requests per `window`, evenly paced, `burst` of them at once. */
export interface RateLimitRule {
  /** Names the limit in headers and problems, and keeps its count apart: `[a-z0-9_-]{1,32}`. */
  readonly name: string;
  /** Requests per window, 1 to 1,000,000. */
  readonly limit: number;
  /** 1s to 31d. */
  readonly window: Duration;
  /** Requests that may come at once. Default `limit`. */
  readonly burst?: number | undefined;
  /** Default `session`. */
  readonly by?: RateLimitScope | undefined;
  /** What one request counts. Default 1. */
  readonly cost?: number | undefined;
  /** `dry-run` counts and tells, but refuses nobody. Default `enforce`. */
  readonly mode?: 'enforce' | 'dry-run' | undefined;
}

/** A rule with every choice made. */
export interface CheckedRule {
  readonly policy: RatePolicy;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly by: RateLimitScope;
  readonly cost: number;
  readonly enforced: boolean;
}

export const RULE_MODES = ['enforce', 'dry-run'] as const;

const RULE_OPTION_NAMES: OptionNames<RateLimitRule> = {
  name: true,
  limit: true,
  window: true,
  burst: true,
  by: true,
  cost: true,
  mode: true,
};

const NAME = /^[a-z0-9_-]{1,32}$/;
const SECOND_MS = 1000;
const MONTH_MS = 31 * 86_400_000;
export const MAX_COUNT = 1_000_000;

/** Checks a rule once, when its route is defined. Throws `SessionOptionError`. */
export function checkRule(rule: RateLimitRule): CheckedRule {
  const { name, limit, burst = limit, by = 'session', cost = 1, mode = 'enforce' } = rule;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new SessionOptionError('RateLimit.name', name, `text matching ${NAME.source}`);
  }
  const option = `RateLimit(${name})`;
  checkGroupNames(option, rule, RULE_OPTION_NAMES);
  for (const [field, count] of Object.entries({ limit, burst, cost })) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
      throw new SessionOptionError(`${option}.${field}`, count, `1 to ${MAX_COUNT}`);
    }
  }
  const windowMs = parseDurationMs(rule.window);
  if (windowMs === undefined || windowMs < SECOND_MS || windowMs > MONTH_MS) {
    throw new SessionOptionError(`${option}.window`, rule.window, "1s to 31d, such as '1m'");
  }
  if (cost > burst) {
    throw new SessionOptionError(`${option}.cost`, cost, `at most the burst of ${burst}`);
  }
  return {
    policy: { name, intervalMs: windowMs / limit, burst },
    limit,
    windowSeconds: Math.ceil(windowMs / SECOND_MS),
    by: checkScope(option, by),
    cost,
    // A word nobody knows must not turn a limit into a dry run.
    enforced: oneOf(`${option}.mode`, mode, RULE_MODES) === 'enforce',
  };
}

/** Whom nobody knows would be counted by address, which is not what was meant. */
function checkScope(option: string, by: unknown): RateLimitScope {
  if (typeof by === 'function') return by as RateLimitScope;
  if (by === 'session' || by === 'principal' || by === 'ip') return by;
  const expected = '"session", "principal", "ip", "node" or a function of the request';
  throw new SessionOptionError(`${option}.by`, by, expected);
}

/** What responses tell about a rule after a decision. */
export function toField(
  { policy, limit, windowSeconds }: CheckedRule,
  { allowed, remaining, retryAfterMs, resetAfterMs }: RateDecision,
): RateLimitField & { readonly resetSeconds: number } {
  const seconds = Math.ceil((allowed ? resetAfterMs : retryAfterMs) / SECOND_MS);
  return {
    name: policy.name,
    limit,
    windowSeconds,
    remaining,
    // Whoever is refused must wait for something.
    resetSeconds: allowed ? seconds : Math.max(1, seconds),
  };
}
