import type { MetricsInput } from '../admin/prometheus.js';
import { counter, gauge, tally } from './families.js';

/** What became of the clients' requests. */
export function requestFamilies({ counters, requestsInFlight, tunnels }: MetricsInput): string[] {
  return [
    counter('requests', 'Requests accepted', [[{}, counters.requests]]),
    counter('responses', 'Responses by class', tally(counters.responses.entries(), 'class')),
    counter('problems', 'Problem responses', tally(counters.problems.entries(), 'problem')),
    counter('client_aborts', 'Clients that left early', [[{}, counters.clientAborts]]),
    counter('truncated_responses', 'Responses cut by a node', [[{}, counters.truncated]]),
    counter(
      'refused_connections',
      'Connections closed before a request',
      tally(counters.refusals.entries(), 'reason'),
    ),
    counter('access_log_dropped', 'Lines the access log is missing', [
      [{}, counters.accessLogDropped],
    ]),
    gauge('requests_in_flight', 'Requests being served', [[{}, requestsInFlight]]),
    gauge('tunnels', 'Tunnels open', [[{}, tunnels]]),
  ];
}
