import type { MetricsInput } from '../admin/prometheus.js';
import { counter, histogram, tally } from './families.js';

/** Requests that another node than the first one answered. */
export function failoverFamilies({ counters }: MetricsInput): string[] {
  return [
    counter('retries', 'Requests sent on, by reason', tally(counters.retries.entries(), 'reason')),
    counter(
      'failovers',
      'Requests answered by another node than the owner, by whether it held the session',
      tally(counters.failovers.entries(), 'landed'),
    ),
    histogram(
      'failover_duration_seconds',
      'From the failure of a node to the answer of another one, for one request',
      counters.failoverDurations,
    ),
  ];
}
