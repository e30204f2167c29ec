import { Injectable } from '@nestjs/common';
import { loginLimits, type RateLimitRule, RateLimitService } from '@understudy/nest-session';

/**
 * Wrong passwords in a row for one name from one address, and of one address a day. Counted by the
 * cluster, so it makes no difference which node is asked, and a node that dies takes no count with it.
 */
const SIGN_IN = loginLimits({ name: 'sign-in-password', attempts: 10 });

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
   * Takes one attempt before the password is looked at.
   *
   * @throws QuotaExceededError when there is none.
   */
  take(username: string, ip: string): Promise<void> {
    return SIGN_IN.take(this.limits, { username, ip });
  }

  /** How many attempts are left after a wrong password. */
  left(username: string, ip: string): Promise<number> {
    return SIGN_IN.attemptsLeft(this.limits, { username, ip });
  }

  /** A right password was no attempt, and the wrong ones before it are forgotten. */
  giveBack(username: string, ip: string): Promise<void> {
    return SIGN_IN.succeeded(this.limits, { username, ip });
  }
}
