import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Duration, durationOption } from '../options/duration.js';
import { withExchange } from '../platform/context-exchange.js';
import { checkFactors } from '../session/factors.js';
import { judgeAccess } from './judge-access.js';

/** What `@FreshLogin()` takes in place of a duration. */
export interface FreshLoginOptions {
  /** The login may be this old, 1s to 365d. */
  readonly maxAge: Duration;
  /** How many kinds of proof it takes, 1 to 3; see `LoginOptions`. Default 1. */
  readonly factors?: number | undefined;
}

/** What a route asks of the login. */
export interface FreshLoginRule {
  readonly maxAgeMs: number;
  readonly factors: number;
}

export const FreshLoginMetadata = Reflector.createDecorator<FreshLoginRule>();

/** Throws `SessionOptionError` or `SessionUsageError` when it cannot be meant. */
export function freshLoginRule(options: Duration | FreshLoginOptions): FreshLoginRule {
  const { maxAge, factors = 1 } = typeof options === 'object' ? options : { maxAge: options };
  return {
    maxAgeMs: durationOption('@FreshLogin maxAge', maxAge, 0, { min: 1000, max: 31_536_000_000 }),
    factors: checkFactors(factors, '@FreshLogin'),
  };
}

/** Lets a request pass only soon after a login; else 401 `fresh-login-required` (ASVS 7.5.1). */
@Injectable()
export class FreshLoginGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.reflector.getAllAndOverride(FreshLoginMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!rule) return true;
    return withExchange(context, (exchange) =>
      judgeAccess(exchange, (present) => present.requireFreshLogin(rule)),
    );
  }
}
