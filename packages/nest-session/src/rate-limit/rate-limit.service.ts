import { Inject, Injectable } from '@nestjs/common';
import type {
  ConsumeRequest,
  RateDecision,
  RatePolicy,
  SessionStore,
} from '@understudy/replication';
import { SessionOptionError } from '../errors.js';
import { toSessionError } from '../exchange/store-errors.js';
import { DAY_MS, type Duration, parseDurationMs } from '../options/duration.js';
import { SESSION_CLUSTER } from '../tokens.js';
import { InFlight } from './in-flight.js';
import { type CheckedRule, checkRule, MAX_COUNT, type RateLimitRule } from './rate-limit-rule.js';
import { sharedScope } from './shared-scope.js';

/** The longest block; a longer one is a ban, and belongs into a database. */
const MAX_BLOCK_MS = 31 * DAY_MS;

/** Another node may move a limit between looking and blocking; each try is behind the one that did. */
const BLOCK_TRIES = 16;

/**
 * Rate limits kept by the cluster. A key's count is owned by one node and backed up like a session,
 * so it survives a failover and is exact wherever the requests arrive.
 */
@Injectable()
export class RateLimitService {
  /** For the guard: what `by: 'node'` counts. */
  readonly inFlight = new InFlight();

  constructor(@Inject(SESSION_CLUSTER) private readonly store: SessionStore) {}

  /**
   * Counts `cost` against a key of your own, such as a user name with a subnet: a whole number up to
   * the burst, for more would never be admitted. Rejects with `SessionOptionError` otherwise.
   */
  async consume(rule: RateLimitRule, key: string, cost = 1): Promise<RateDecision> {
    const checked = checkRule(rule);
    const { burst } = checked.policy;
    // A negative one would give back, and what is no number would be taken for a broken cluster.
    checkCost(`consume(${rule.name}).cost`, cost, burst, `0 to the burst of ${burst}`);
    return this.decide(checked, sharedScope(rule.name, 'custom', key), cost);
  }

  /** Gives back, for example after a successful login; never beyond the full burst. */
  async reward(rule: RateLimitRule, key: string, cost = 1): Promise<void> {
    const checked = checkRule(rule);
    checkCost(`reward(${rule.name}).cost`, cost, MAX_COUNT, `0 to ${MAX_COUNT}`);
    await this.decide(checked, sharedScope(rule.name, 'custom', key), -cost);
  }

  /** What is left, without counting. */
  inspect(rule: RateLimitRule, key: string): Promise<RateDecision> {
    return this.consume(rule, key, 0);
  }

  /**
   * Refuses a key for at least so long (1s to 31d), whatever is left of its limit; afterwards requests
   * are admitted as after a full burst. Never shortens a block. Throws `SessionOptionError`.
   */
  async block(rule: RateLimitRule, key: string, duration: Duration): Promise<void> {
    const ms = parseDurationMs(duration);
    if (ms === undefined || ms < 1000 || ms > MAX_BLOCK_MS) {
      throw new SessionOptionError('block.duration', duration, "1s to 31d, such as '15m'");
    }
    const { policy } = checkRule(rule);
    const scope = sharedScope(rule.name, 'custom', key);
    // One number is the state of a limit: the time from which on it is unused. A block moves it.
    const untilMs = (policy.burst - 1) * policy.intervalMs + ms;
    for (let tries = 0; tries < BLOCK_TRIES; tries++) {
      const { resetAfterMs } = await this.#consume(scope, policy, 0);
      const share = (untilMs - resetAfterMs) / untilMs;
      if (share <= 0) return;
      const moved = { name: policy.name, intervalMs: untilMs, burst: 1 };
      if ((await this.#consume(scope, moved, share)).allowed) return;
    }
  }

  /** Ends a block, and gives the full burst back. */
  async unblock(rule: RateLimitRule, key: string): Promise<void> {
    const { policy } = checkRule(rule);
    const all = { name: policy.name, intervalMs: 2 * MAX_BLOCK_MS, burst: 1 };
    await this.#consume(sharedScope(rule.name, 'custom', key), all, -policy.burst - 1);
  }

  /**
   * Blocks a key unless it is blocked, in one step: of any number of callers one succeeds. Resolves to
   * 0, or how long the present block lasts, in ms. Not for keys that are counted as well. Throws
   * `SessionOptionError`.
   */
  async tryBlock(rule: RateLimitRule, key: string, ms: number): Promise<number> {
    if (!Number.isFinite(ms) || ms < 1 || ms > MAX_BLOCK_MS) {
      throw new SessionOptionError('tryBlock.ms', ms, '1 ms to 31 days, as a number');
    }
    const scope = sharedScope(rule.name, 'custom', key);
    const policy = { name: rule.name, intervalMs: ms, burst: 1 };
    const { allowed, resetAfterMs } = await this.#consume(scope, policy, 1);
    return allowed ? 0 : Math.max(1, resetAfterMs);
  }

  /** For the guard. Rejects with a `SessionError` when the cluster cannot decide now. */
  decide(
    { policy }: CheckedRule,
    scope: ConsumeRequest['scope'],
    cost: number,
  ): Promise<RateDecision> {
    return this.#consume(scope, policy, cost);
  }

  async #consume(
    scope: ConsumeRequest['scope'],
    policy: RatePolicy,
    cost: number,
  ): Promise<RateDecision> {
    try {
      return await this.store.consume({ scope, policy, cost });
    } catch (error) {
      throw toSessionError(error, false);
    }
  }
}

function checkCost(option: string, cost: number, most: number, expected: string): void {
  if (Number.isInteger(cost) && cost >= 0 && cost <= most) return;
  throw new SessionOptionError(option, cost, `a whole number from ${expected}`);
}
