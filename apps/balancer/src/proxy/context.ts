import type { Forwarding } from '../edge/forwarded.js';
import type { RateLimiter } from '../edge/rate-limit.js';
import type { Fleet } from '../fleet.js';
import type { Limits, Timeouts } from '../limits.js';
import type { Counters } from '../metrics/counters.js';
import type { RoutingPolicy } from '../routing/policy.js';
import type { Activity } from './activity.js';
import type { Deadlines } from './deadline.js';
import type { ExchangeListener, RefusalListener, TunnelListener } from './exchange-report.js';

/** What every request needs; one for the life of the balancer. */
export interface ProxyContext {
  readonly fleet: Fleet;
  readonly activity: Activity;
  readonly counters: Counters;
  readonly policy: RoutingPolicy;
  readonly forwarding: Forwarding;
  readonly rateLimiter: RateLimiter;
  /** Told of every exchange when it has ended. */
  readonly onExchange: readonly ExchangeListener[];
  /** Told of every request that did not become one. */
  readonly onRefused: RefusalListener | undefined;
  /** Told of every tunnel when it has ended. */
  readonly onTunnel: TunnelListener | undefined;
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  /** A clock that never goes back, in ms. */
  readonly now: () => number;
}
