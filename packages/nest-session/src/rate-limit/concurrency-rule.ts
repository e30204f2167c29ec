import { SessionOptionError } from '../errors.js';
import type { RateLimitField } from '../http/rate-limit-fields.js';
import { oneOf } from '../options/one-of.js';
import { checkGroupNames, type OptionNames } from '../options/option-names.js';
import { MAX_COUNT, RULE_MODES } from './rate-limit-rule.js';

/**
 * How many requests one node works on at once: protects what a request holds (memory, a pool, a
 * password hash), not quotas. Nothing is asked of other nodes, and nothing survives this one.
 */
export interface ConcurrencyRule {
  /** Names the limit in headers and problems; routes with the same name share it. */
  readonly name: string;
  readonly by: 'node';
  /** Requests at once, 1 to 1,000,000. More are answered 503 and may be repeated elsewhere. */
  readonly limit: number;
  /** `dry-run` counts and tells, but refuses nobody. Default `enforce`. */
  readonly mode?: 'enforce' | 'dry-run' | undefined;
}

/** A rule with every choice made. */
export interface CheckedConcurrency {
  readonly name: string;
  readonly limit: number;
  readonly by: 'node';
  readonly enforced: boolean;
}

const CONCURRENCY_OPTION_NAMES: OptionNames<ConcurrencyRule> = {
  name: true,
  by: true,
  limit: true,
  mode: true,
};

const NAME = /^[a-z0-9_-]{1,32}$/;

/** Checks a rule once, when its route is defined. Throws `SessionOptionError`. */
export function checkConcurrency(rule: ConcurrencyRule): CheckedConcurrency {
  const { name, limit, by, mode = 'enforce' } = rule;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new SessionOptionError('RateLimit.name', name, `text matching ${NAME.source}`);
  }
  const option = `RateLimit(${name})`;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_COUNT) {
    throw new SessionOptionError(`${option}.limit`, limit, `1 to ${MAX_COUNT}`);
  }
  const { window, burst, cost, ...own }: Readonly<Record<string, unknown>> = { ...rule };
  for (const [field, value] of Object.entries({ window, burst, cost })) {
    if (value === undefined) continue;
    const expected = 'nothing: by node, what counts is how many there are at once';
    throw new SessionOptionError(`${option}.${field}`, value, expected);
  }
  checkGroupNames(option, own, CONCURRENCY_OPTION_NAMES);
  return { name, limit, by, enforced: oneOf(`${option}.mode`, mode, RULE_MODES) === 'enforce' };
}

/** What responses tell: no window, because nothing comes back with time. */
export function concurrencyField(rule: CheckedConcurrency, inFlight: number): RateLimitField {
  return { name: rule.name, limit: rule.limit, remaining: Math.max(0, rule.limit - inFlight) };
}
