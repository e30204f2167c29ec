import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { SessionOptionError } from '../errors.js';
import { MAX_RATE_LIMITS_PER_ROUTE } from '../limits.js';
import { needsServer } from '../options/cookie-store.js';
import { routeSetting } from '../session/route-setting.js';
import {
  type CheckedConcurrency,
  type ConcurrencyRule,
  checkConcurrency,
} from './concurrency-rule.js';
import { LateRefusalInterceptor } from './late-refusal.interceptor.js';
import { RateLimitGuard, RateLimitMetadata } from './rate-limit.guard.js';
import { type CheckedRule, checkRule, type RateLimitRule } from './rate-limit-rule.js';

const counted = routeSetting<true>(
  () => {},
  needsServer('@RateLimit()', 'requests are counted there'),
);

/**
 * Limits how often a route or controller may be called. Every rule is counted and told in
 * `RateLimit` and `RateLimit-Policy`; the strictest decides. Throws `SessionOptionError` where it
 * is written when a rule makes no sense. `by: 'node'` limits how many there are at once instead.
 */
export function RateLimit(
  ...rules: readonly (RateLimitRule | ConcurrencyRule)[]
): ReturnType<typeof applyDecorators> {
  if (rules.length === 0 || rules.length > MAX_RATE_LIMITS_PER_ROUTE) {
    const expected = `1 to ${MAX_RATE_LIMITS_PER_ROUTE} rules`;
    throw new SessionOptionError('RateLimit', `${rules.length} rules`, expected);
  }
  const limited = [
    RateLimitMetadata(rules.map(check)),
    UseGuards(RateLimitGuard),
    UseInterceptors(LateRefusalInterceptor),
  ];
  if (rules.every(({ by }) => by === 'node')) return applyDecorators(...limited);
  return applyDecorators(...limited, counted(true));
}

function check(rule: RateLimitRule | ConcurrencyRule): CheckedRule | CheckedConcurrency {
  return rule.by === 'node' ? checkConcurrency(rule) : checkRule(rule);
}
