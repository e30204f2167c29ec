import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ConsumeRequest } from '@understudy/replication';
import { QuotaExceededError } from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { RESPONSE_HEADERS } from '../http/contract.js';
import { formatRateLimit, formatRateLimitPolicy } from '../http/rate-limit-fields.js';
import { contextExchange, type GuardedRequest, requestOf } from '../platform/request-of.js';
import { SessionEvents } from '../session-events.js';
import { addressKey } from './client-address.js';
import { RateLimitService } from './rate-limit.service.js';
import { type CheckedRule, toField } from './rate-limit-rule.js';
import { sharedScope } from './shared-scope.js';

/** The limits of a route; a controller's apply when the route has none. */
export const RateLimitMetadata = Reflector.createDecorator<readonly CheckedRule[]>();

/** Counts a request against the limits of `@RateLimit()`; answers 429 when one is used up. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(RateLimitService) private readonly limits: RateLimitService,
    @Inject(SessionEvents) private readonly events: SessionEvents,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rules = this.reflector.getAllAndOverride(RateLimitMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    const exchange = contextExchange(context);
    const request = requestOf(context);
    if (!rules || !exchange || !request) return true;
    const violated: string[] = [];
    let retryAfterSeconds = 0;
    for (const rule of rules) {
      const decision = await this.limits.decide(rule, scopeOf(rule, exchange, request), rule.cost);
      const field = toField(rule, decision);
      exchange.appendHeader(RESPONSE_HEADERS.rateLimitPolicy, formatRateLimitPolicy(field));
      exchange.appendHeader(RESPONSE_HEADERS.rateLimit, formatRateLimit(field));
      if (decision.allowed || !rule.enforced) continue;
      violated.push(rule.policy.name);
      retryAfterSeconds = Math.max(retryAfterSeconds, field.resetSeconds);
    }
    if (violated.length === 0) return true;
    this.events.emit({ kind: 'rate-limited', ip: exchange.facts.ip, policies: violated });
    throw new QuotaExceededError(violated, retryAfterSeconds);
  }
}

function scopeOf(
  { by, policy }: CheckedRule,
  exchange: SessionExchange,
  request: GuardedRequest,
): ConsumeRequest['scope'] {
  const session = exchange.snapshot?.key;
  if (by === 'session' && session !== undefined) return { kind: 'session', key: session };
  const principal = exchange.principal?.id;
  if (by === 'principal' && principal !== undefined) {
    return sharedScope(policy.name, 'principal', principal);
  }
  const custom = typeof by === 'function' ? by(request) : undefined;
  if (custom !== undefined) return sharedScope(policy.name, 'custom', custom);
  return sharedScope(policy.name, 'ip', addressKey(exchange.facts.ip));
}
