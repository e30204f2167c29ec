import type { MetricsInput } from '../admin/prometheus.js';
import { counter, gauge, histogram, tally } from './families.js';

/** Requests that another node than the first one answered. */
export function failoverFamilies({ counters }: MetricsInput): string[] {
  const failovers = counters.failovers.get('holder') + counters.failovers.get('other');
  return [
    counter('retries', 'Requests sent on, by reason', tally(counters.retries.entries(), 'reason')),
    counter(
      'failovers',
      'Requests that another node answered because the owner had failed, by whether it held the session',
      tally(counters.failovers.entries(), 'landed'),
    ),
    gauge('failover_holder_ratio', 'Share of failovers that landed on a holder; NaN: none yet', [
      [{}, counters.failovers.get('holder') / failovers],
    ]),
    counter(
      'reroutes',
      'Requests that another node than the owner answered, though none had failed',
      tally(counters.reroutes.entries(), 'reason'),
    ),
    histogram(
      'failover_duration_seconds',
      'From the failure of a node to the answer of another one, for one request',
      counters.failoverDurations,
    ),
  ];
}
