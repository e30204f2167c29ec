import { Inject, Injectable } from '@nestjs/common';
import type { ConsumeRequest, RateDecision, SessionStore } from '@understudy/replication';
import { toSessionError } from '../exchange/store-errors.js';
import { SESSION_CLUSTER } from '../tokens.js';
import { type CheckedRule, checkRule, type RateLimitRule } from './rate-limit-rule.js';
import { sharedScope } from './shared-scope.js';

/**
 * Rate limits kept by the cluster. A key's count is owned by one node and backed up like a session,
 * so it survives a failover and is exact wherever the requests arrive.
 */
@Injectable()
export class RateLimitService {
  constructor(@Inject(SESSION_CLUSTER) private readonly store: SessionStore) {}

  /** Counts `cost` against a key of your own, such as a user name with a subnet. */
  consume(rule: RateLimitRule, key: string, cost = 1): Promise<RateDecision> {
    return this.decide(checkRule(rule), sharedScope(rule.name, 'custom', key), cost);
  }

  /** Gives back, for example after a successful login; never beyond the full burst. */
  async reward(rule: RateLimitRule, key: string, cost = 1): Promise<void> {
    await this.consume(rule, key, -cost);
  }

  /** What is left, without counting. */
  inspect(rule: RateLimitRule, key: string): Promise<RateDecision> {
    return this.consume(rule, key, 0);
  }

  /** For the guard. Rejects with a `SessionError` when the cluster cannot decide now. */
  async decide(
    { policy }: CheckedRule,
    scope: ConsumeRequest['scope'],
    cost: number,
  ): Promise<RateDecision> {
    try {
      return await this.store.consume({ scope, policy, cost });
    } catch (error) {
      throw toSessionError(error, false);
    }
  }
}
