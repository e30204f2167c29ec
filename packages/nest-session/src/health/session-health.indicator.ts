import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { Cluster, ClusterStatus } from '@understudy/replication';
import { SESSION_CLUSTER } from '../tokens.js';

/** What is told beside the status; no addresses, no ids of sessions. */
export interface SessionHealth extends Record<string, unknown> {
  /** Label of this node. */
  readonly node: string;
  readonly state: ClusterStatus['state'];
  /** Nodes that serve sessions, this one included. */
  readonly members: number;
  /** The way to the other nodes. */
  readonly bus: 'connected' | 'away';
  /** Absent without a tier. */
  readonly tier?: ClusterStatus['tier'];
}

/**
 * Sessions for the health checks of `@nestjs/terminus`: `up` while this node serves them, `degraded`
 * while it does so without its bus or its tier, `down` before it has joined and from `onModuleDestroy`
 * on, so that a readiness probe takes it out while it still answers.
 *
 * ```ts
 * health.check([() => this.sessions.isHealthy()]);
 * ```
 *
 * For readiness, not for liveness: a node that leaves must not be killed for it.
 */
@Injectable()
export class SessionHealthIndicator implements OnModuleDestroy {
  #leaving = false;

  constructor(
    @Inject(SESSION_CLUSTER) private readonly cluster: Cluster,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
  ) {}

  /** Never rejects and waits for nothing. `key` names the indicator in the answer, `sessions`. */
  isHealthy<const Key extends string = 'sessions'>(
    key: Key = 'sessions' as Key,
  ): HealthIndicatorResult<Key> {
    const indicator = this.indicators.check(key);
    const health = this.#health();
    if (health.state !== 'active') return indicator.down({ ...health });
    if (health.bus === 'connected' && health.tier !== 'unreachable') {
      return indicator.up({ ...health });
    }
    // Terminus 11 knows up and down alone, and down would take every node out when the bus goes.
    return typeof indicator.degraded === 'function'
      ? indicator.degraded({ ...health })
      : indicator.up({ ...health, degraded: true });
  }

  onModuleDestroy(): void {
    this.#leaving = true;
  }

  #health(): SessionHealth {
    const { state, degraded, tier } = this.cluster.status();
    return {
      node: this.cluster.label,
      state: this.#leaving && state === 'active' ? 'draining' : state,
      members: this.cluster.members().filter((member) => member.state === 'active').length,
      bus: degraded ? 'away' : 'connected',
      ...(tier === undefined ? {} : { tier }),
    };
  }
}
