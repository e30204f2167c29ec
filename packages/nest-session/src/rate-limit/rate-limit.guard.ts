import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ConsumeRequest, RateDecision } from '@understudy/replication';
import {
  QuotaExceededError,
  ReducedCapacityError,
  SessionError,
  SessionUsageError,
} from '../errors.js';
import type { SessionExchange } from '../exchange/session-exchange.js';
import { withExchange } from '../platform/context-exchange.js';
import { contextExchange, type GuardedRequest, requestOf } from '../platform/request-of.js';
import { SessionEvents } from '../session-events.js';
import { gatewayRefusal } from '../websocket/gateway-refusal.js';
import { addressKey } from './client-address.js';
import { type CheckedConcurrency, concurrencyField } from './concurrency-rule.js';
import { oncePerCall } from './once-per-call.js';
import { RateLimitService } from './rate-limit.service.js';
import { type CheckedRule, toField } from './rate-limit-rule.js';
import { responseOf } from './response-of.js';
import { sharedScope } from './shared-scope.js';
import { tellLimit } from './tell-limit.js';

type Rules = readonly (CheckedRule | CheckedConcurrency)[];

/** What the guard was asked about. */
interface Call {
  readonly context: ExecutionContext;
  readonly exchange: SessionExchange;
  /** Undefined: it is a message of a socket. */
  readonly request: GuardedRequest | undefined;
}

/** The limits of a route; a controller's apply when the route has none. */
export const RateLimitMetadata = Reflector.createDecorator<Rules>();

interface Exceeded {
  readonly name: string;
  readonly enforced: boolean;
}

/** What a paced limit made of a request. */
interface Count {
  readonly rule: CheckedRule;
  readonly scope: ConsumeRequest['scope'];
  readonly decision: RateDecision;
}

/**
 * Counts a request against the limits of `@RateLimit()`; answers 429 when one is used up, 503 when
 * this node has enough to do.
 */
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
    if (!rules) return true;
    const type = context.getType<string>();
    if (type === 'ws') return this.#judgeMessage(rules, context);
    if (type !== 'http' && type !== 'graphql') {
      throw new SessionUsageError(
        `@RateLimit() counts requests and messages of sockets, not ${type}`,
      );
    }
    const exchange = contextExchange(context);
    const request = requestOf(context);
    if (!exchange || !request) return true;
    await oncePerCall(context, () => this.#decide(rules, { context, exchange, request }));
    return true;
  }

  async #judgeMessage(rules: Rules, context: ExecutionContext): Promise<true> {
    const exchange = await withExchange(context, (found) => found);
    try {
      // Nobody knows whose message it is: letting it through would be no limit at all.
      if (!exchange) throw new SessionUsageError('@RateLimit() in a gateway needs attachSession()');
      await oncePerCall(context, () =>
        this.#decide(rules, { context, exchange, request: undefined }),
      );
      return true;
    } catch (error) {
      throw error instanceof SessionError ? await gatewayRefusal(error) : error;
    }
  }

  /** Rejects when a limit refuses. */
  async #decide(rules: Rules, { context, exchange, request }: Call): Promise<void> {
    const full: CheckedConcurrency[] = [];
    const counts: Count[] = [];
    for (const rule of rules) {
      if (rule.by === 'node') {
        if (!this.#enter(rule, context, exchange)) full.push(rule);
        continue;
      }
      const scope = scopeOf(rule, exchange, request);
      counts.push({ rule, scope, decision: await this.limits.decide(rule, scope, rule.cost) });
    }
    const exceeded = counts.filter(({ decision }) => !decision.allowed);
    const quotas = exceeded.map(({ rule }) => ({ ...rule, name: rule.policy.name }));
    this.#emit(exchange, [...quotas, ...full]);
    const violations = exceeded.filter(({ rule }) => rule.enforced);
    const policies = [...quotas, ...full].flatMap((limit) => (limit.enforced ? limit.name : []));
    const isRefused = policies.length > 0;
    const told = isRefused
      ? await Promise.all(counts.map((count) => this.#giveBack(count)))
      : counts;
    for (const { rule, decision } of told) tellLimit(exchange, toField(rule, decision));
    if (!isRefused) return;
    // Waiting for a quota is the longer way: whoever is told of it need not come back before.
    if (violations.length === 0) throw new ReducedCapacityError(policies);
    const waits = violations.map(({ rule, decision }) => toField(rule, decision).resetSeconds);
    throw new QuotaExceededError(policies, Math.max(...waits));
  }

  /** A dry run is for whoever looks on: what it would have refused is told, apart from what was. */
  #emit({ facts }: SessionExchange, limits: readonly Exceeded[]): void {
    for (const enforced of [true, false]) {
      const policies = limits
        .filter((limit) => limit.enforced === enforced)
        .map(({ name }) => name);
      if (policies.length === 0) continue;
      this.events.emit({ kind: 'rate-limited', ip: facts.ip, policies, enforced });
    }
  }

  /** Nothing runs for a request that another limit refuses: it must not use up this one as well. */
  async #giveBack(count: Count): Promise<Count> {
    const { rule, scope, decision } = count;
    if (!decision.allowed) return count;
    try {
      return { rule, scope, decision: await this.limits.decide(rule, scope, -rule.cost) };
    } catch {
      // The refusal stands, and says more than that something could not be given back.
      return count;
    }
  }

  /** Takes a place at this node until the response is over; false when there is none. */
  #enter(rule: CheckedConcurrency, context: ExecutionContext, exchange: SessionExchange): boolean {
    const { inFlight } = this.limits;
    const response = responseOf(context);
    if (!response) {
      throw new SessionUsageError(`RateLimit(${rule.name}): there is no response to wait for`);
    }
    const isFull = inFlight.count(rule.name) >= rule.limit;
    const takes = !(isFull && rule.enforced) && !response.closed;
    if (takes) response.once('close', inFlight.enter(rule.name));
    tellLimit(exchange, concurrencyField(rule, inFlight.count(rule.name)));
    return !isFull;
  }
}

function scopeOf(
  { by, policy }: CheckedRule,
  exchange: SessionExchange,
  request: GuardedRequest | undefined,
): ConsumeRequest['scope'] {
  const session = exchange.snapshot?.key;
  if (by === 'session' && session !== undefined) return { kind: 'session', key: session };
  const principal = exchange.principal?.id;
  if (by === 'principal' && principal !== undefined) {
    return sharedScope(policy.name, 'principal', principal);
  }
  const custom = typeof by === 'function' ? customKey(policy.name, by, request) : undefined;
  if (custom !== undefined) return sharedScope(policy.name, 'custom', custom);
  return sharedScope(policy.name, 'ip', addressKey(exchange.facts.ip));
}

/** Anything but text would be one key for everybody: all promises are `[object Promise]`. */
function customKey(
  rule: string,
  by: (request: GuardedRequest) => unknown,
  request: GuardedRequest | undefined,
): string | undefined {
  if (!request) {
    const there = 'a message of a socket has no request; use session, principal or ip';
    throw new SessionUsageError(`RateLimit(${rule}).by: ${there}`);
  }
  const answer = by(request);
  if (answer === undefined || typeof answer === 'string') return answer;
  const isPromise = answer instanceof Promise;
  // Nobody waits for it any more: its rejection must not end the process.
  if (isPromise) answer.catch(() => {});
  const found = isPromise ? 'a promise' : answer === null ? 'null' : `of type ${typeof answer}`;
  const expected = 'expected text, or undefined for the address';
  throw new SessionUsageError(`RateLimit(${rule}).by: the key is ${found}, ${expected}`);
}
