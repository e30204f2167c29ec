import {
  QuotaExceededError,
  SessionOptionError,
  SessionRequestError,
  SessionUsageError,
} from '../errors.js';
import { rateLimitHeaders } from '../http/rate-limit-fields.js';
import { DAY_MS, type Duration, durationOption, MINUTE_MS } from '../options/duration.js';
import { checkGroupNames, type OptionNames } from '../options/option-names.js';
import { addressKey } from './client-address.js';
import type { RateLimitService } from './rate-limit.service.js';
import { checkRule, type RateLimitRule, toField } from './rate-limit-rule.js';

/** What `loginLimits()` takes. */
export interface LoginLimitOptions {
  /** Keeps the counts of several sign-ins apart: `[a-z0-9_-]{1,24}`. Default `login`. */
  readonly name?: string | undefined;
  /** Wrong attempts in a row for one name from one address before it is locked, 1 to 100. Default 5. */
  readonly attempts?: number | undefined;
  /** The first lock, 1s to 1d; each further wrong attempt doubles it. Default `1m`. */
  readonly firstLock?: Duration | undefined;
  /** The longest lock, from the first one to 1d. Default `15m`. */
  readonly longestLock?: Duration | undefined;
  /** Wrong attempts of one address a day, whatever the names, 1 to 1,000,000. Default 200. */
  readonly addressPerDay?: number | undefined;
}

const LOGIN_OPTION_NAMES: OptionNames<LoginLimitOptions> = {
  name: true,
  attempts: true,
  firstLock: true,
  longestLock: true,
  addressPerDay: true,
};

/** Whose attempt it is. */
export interface LoginAttempt {
  /** As it was typed, whether there is such a name or not; anything but text is answered 400. */
  readonly username: string;
  /** The client's address, `request.ip`; an IPv6 address counts as its /64. */
  readonly ip: string;
}

/** One wrong attempt is forgotten in so long; all of them at the first right one. */
const MEMORY_MS = DAY_MS;

/** Longer names are cut where they are counted. */
const NAME_CHARACTERS = 256;

const PREFIX = /^[a-z0-9_-]{1,24}$/;

/**
 * Limits for a sign-in: wrong attempts in a row for one name from one address are locked for 1, 2, 4 …
 * up to 15 minutes, and one address has so many a day, whatever the names. Counted by the cluster,
 * copied before the password is looked at, so it makes no difference which node is asked or dies.
 *
 * ```ts
 * const LOGIN = loginLimits();
 * await LOGIN.take(this.limits, attempt); // before the password is looked at
 * await LOGIN.succeeded(this.limits, attempt);
 * ```
 *
 * It knows no accounts, so it answers the same for names that do not exist; hash a password for those,
 * too, or the time tells. Locks are per address: nobody can lock somebody else out from elsewhere.
 * Throws `SessionOptionError` when an option makes no sense.
 */
export function loginLimits(options: LoginLimitOptions = {}): LoginLimits {
  checkGroupNames('loginLimits', options, LOGIN_OPTION_NAMES);
  const { name = 'login', attempts = 5, addressPerDay = 200 } = options;
  if (typeof name !== 'string' || !PREFIX.test(name)) {
    throw new SessionOptionError('loginLimits.name', name, `text matching ${PREFIX.source}`);
  }
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 100) {
    throw new SessionOptionError('loginLimits.attempts', attempts, '1 to 100');
  }
  if (!Number.isInteger(addressPerDay) || addressPerDay < 1 || addressPerDay > 1_000_000) {
    throw new SessionOptionError('loginLimits.addressPerDay', addressPerDay, '1 to 1000000');
  }
  const firstMs = durationOption('loginLimits.firstLock', options.firstLock, MINUTE_MS, {
    min: 1000,
    max: DAY_MS,
  });
  const longestMs = durationOption(
    'loginLimits.longestLock',
    options.longestLock,
    Math.max(15 * MINUTE_MS, firstMs),
    { min: firstMs, max: DAY_MS },
  );
  return new LoginLimits({ name, attempts, firstMs, longestMs, addressPerDay });
}

interface CheckedLogin {
  readonly name: string;
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
  readonly addressPerDay: number;
}

/** Made by {@link loginLimits}. */
export class LoginLimits {
  /** Counts wrong attempts in a row: a bucket that takes a day to refill by one. */
  readonly #failures: RateLimitRule;
  readonly #address: RateLimitRule;
  /** As many locks as there are lengths. */
  readonly #stages: number;

  constructor(private readonly checked: CheckedLogin) {
    const { name, attempts, firstMs, longestMs, addressPerDay } = checked;
    this.#stages = 1 + Math.ceil(Math.log2(longestMs / firstMs));
    const burst = attempts + this.#stages;
    this.#failures = { name: `${name}-tries`, limit: 1, window: MEMORY_MS, burst };
    this.#address = { name: `${name}-address`, limit: addressPerDay, window: DAY_MS };
  }

  /**
   * Takes an attempt before the password is looked at; it counts as wrong until `succeeded` says
   * otherwise, so parallel attempts cannot all be the first. Rejects with `QuotaExceededError` when
   * there is none, with `SessionRequestError` when the name is no text, or as the cluster does when it
   * cannot say.
   */
  async take(limits: RateLimitService, attempt: LoginAttempt): Promise<void> {
    const key = keyOf(attempt);
    const address = addressKey(attempt.ip);
    const all = await limits.consume(this.#address, address);
    if (!all.allowed) throw refused(this.#address, all.retryAfterMs);
    try {
      await this.#takeForName(limits, key);
    } catch (error) {
      // Nothing was tried: whoever waits a lock out by asking does not use up the day.
      if (error instanceof QuotaExceededError) await limits.reward(this.#address, address);
      throw error;
    }
  }

  /** The password was right: nothing counts against this name from this address any more. */
  async succeeded(limits: RateLimitService, attempt: LoginAttempt): Promise<void> {
    const key = keyOf(attempt);
    await Promise.all([
      limits.reward(this.#failures, key, this.#failures.burst),
      limits.unblock(this.#lock, key),
      limits.reward(this.#address, addressKey(attempt.ip)),
    ]);
  }

  /** How many more wrong attempts this name has from this address before it is locked. */
  async attemptsLeft(limits: RateLimitService, attempt: LoginAttempt): Promise<number> {
    const { remaining } = await limits.inspect(this.#failures, keyOf(attempt));
    const wrong = (this.#failures.burst as number) - remaining;
    return Math.max(0, this.checked.attempts - wrong);
  }

  async #takeForName(limits: RateLimitService, key: string): Promise<void> {
    const { attempts } = this.checked;
    const burst = this.#failures.burst as number;
    const taken = await limits.consume(this.#failures, key);
    // Beyond the longest lock there is nothing left to count, and the lock alone decides.
    const count = taken.allowed ? burst - taken.remaining : burst;
    if (count < attempts) return;
    const retryAfterMs = await limits.tryBlock(this.#lock, key, this.#lockMs(count - attempts));
    if (retryAfterMs === 0) return;
    if (taken.allowed) await limits.reward(this.#failures, key);
    // The lock under way is the one before the next.
    const lastedMs = this.#lockMs(Math.max(0, count - attempts - 1));
    throw refused({ ...this.#lock, window: lastedMs }, retryAfterMs);
  }

  #lockMs(stage: number): number {
    const { firstMs, longestMs } = this.checked;
    return Math.min(longestMs, firstMs * 2 ** Math.min(stage, this.#stages));
  }

  get #lock(): RateLimitRule {
    return { name: `${this.checked.name}-lock`, limit: 1, window: DAY_MS };
  }
}

/** Unlike spellings of one name are one name; they would be so many more attempts. */
function keyOf({ username, ip }: LoginAttempt): string {
  // It comes from the body of a request, where there may be anything in its place.
  if (typeof username !== 'string') throw new SessionRequestError('the user name must be text');
  if (typeof ip !== 'string') {
    throw new SessionUsageError(`loginLimits: ip is of type ${typeof ip}, expected text`);
  }
  const name = username.slice(0, NAME_CHARACTERS).normalize('NFKC').toLowerCase();
  return `${addressKey(ip)}|${name}`;
}

function refused(rule: RateLimitRule, retryAfterMs: number): QuotaExceededError {
  const decision = { allowed: false, remaining: 0, retryAfterMs, resetAfterMs: retryAfterMs };
  const field = toField(checkRule(rule), decision);
  return new QuotaExceededError([rule.name], field.resetSeconds, rateLimitHeaders(field));
}
