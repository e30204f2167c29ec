import type { Fleet } from '../fleet.js';
import type { Limits, Timeouts } from '../limits.js';
import type { Counters } from '../metrics/counters.js';
import type { Assignment } from '../routing/route-request.js';
import type { Activity } from './activity.js';

/** What every request needs; one for the life of the balancer. */
export interface ProxyContext {
  readonly fleet: Fleet;
  readonly activity: Activity;
  readonly counters: Counters;
  readonly assignment: Assignment;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  /** A clock that never goes back, in ms. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Counts requests, for round robin. */
  readonly nextTurn: () => number;
}
