import type { ConnectionRefusal } from '../edge/connection-gate.js';
import type { ProblemName } from '../proxy/problem.js';
import type { RetryReason } from '../retry/decide.js';
import { Histogram } from './histogram.js';
import { type Landing, REROUTE_REASONS, type RerouteReason } from './landing.js';
import { Tally } from './tally.js';

/** Fine where users begin to notice, so that the share below a goal can be read off. */
const FAILOVER_BOUNDS_MS = [
  5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 150, 250, 500, 1000, 2500, 5000, 10_000,
];

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx';

const STATUS_CLASSES: readonly StatusClass[] = ['1xx', '2xx', '3xx', '4xx', '5xx'];

/** What the balancer counts. Shown by the admin port; nothing decides by it. */
export class Counters {
  /** Requests accepted, tunnels included. */
  requests = 0;
  /** Clients that went away before their response was complete. */
  clientAborts = 0;
  /** Responses that a node broke off after their head had been passed on. */
  truncated = 0;
  /** Lines of the access log that found no room or could not be written. */
  accessLogDropped = 0;
  readonly responses = new Tally<StatusClass>(STATUS_CLASSES);
  readonly retries = new Tally<RetryReason>(['unreachable', 'not-mine', 'lost']);
  readonly problems = new Tally<ProblemName>([
    'bad-request',
    'rate-limited',
    'no-node-available',
    'balancer-overloaded',
    'upstream-lost',
    'upstream-timeout',
    'balancer-failed',
  ]);
  /** Connections closed before their first request. */
  readonly refusals = new Tally<ConnectionRefusal>(['proxy-header', 'tls', 'address-limit']);
  /** Requests whose session's owner had failed: was the node that answered one that holds it? */
  readonly failovers = new Tally<Landing>(['holder', 'other']);
  /** Requests that another node than the owner answered although none had failed. */
  readonly reroutes = new Tally<RerouteReason>(REROUTE_REASONS);
  /** From a node's refusal, or its death under a request, to the answer of another one. */
  readonly failoverDurations = new Histogram(FAILOVER_BOUNDS_MS);

  response(status: number): void {
    const index = Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1;
    this.responses.add(STATUS_CLASSES[index] as StatusClass);
  }
}
