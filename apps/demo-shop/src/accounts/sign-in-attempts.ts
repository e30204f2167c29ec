import { Injectable } from '@nestjs/common';
import { QuotaExceededError, type RateLimitRule, RateLimitService } from '@understudy/nest-session';

/**
 * Wrong passwords for one name from one address. Counted by the cluster, so it makes no difference
 * which node is asked, and a node that dies takes no count with it.
 */
export const SIGN_IN_RULE: RateLimitRule = {
  name: 'sign-in',
  limit: 10,
  window: '10m',
  burst: 10,
};

/** Everything one address tries, whatever the names: for `@RateLimit()` on the routes. */
export const ADDRESS_RULE: RateLimitRule = {
  name: 'sign-in-address',
  limit: 600,
  window: '10m',
  burst: 200,
  by: 'ip',
};

/** Counts attempts to sign in. */
@Injectable()
export class SignInAttempts {
  constructor(private readonly limits: RateLimitService) {}

  /**
   * Takes one attempt before the password is looked at; gives what is left.
   *
   * @throws QuotaExceededError when there is none.
   */
  async take(username: string, address: string): Promise<number> {
    const decision = await this.limits.consume(SIGN_IN_RULE, attemptKey(username, address));
    if (decision.allowed) return decision.remaining;
    const retryAfterSeconds = Math.max(1, Math.ceil(decision.retryAfterMs / 1000));
    throw new QuotaExceededError([SIGN_IN_RULE.name], retryAfterSeconds);
  }

  /** A right password was no attempt. */
  giveBack(username: string, address: string): Promise<void> {
    return this.limits.reward(SIGN_IN_RULE, attemptKey(username, address));
  }
}

function attemptKey(username: string, address: string): string {
  return `${username.slice(0, 64)}|${address}`;
}
