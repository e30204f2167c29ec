import type { ExchangeListener } from '../proxy/exchange-report.js';
import type { Counters } from './counters.js';
import { reroutedBy } from './landing.js';

/** Counts what became of every request that was passed on, or should have been. */
export function countExchanges(counters: Counters): ExchangeListener {
  return (report) => {
    const { node, status, cause, problem, failedAtMs, endedAtMs } = report;
    if (status !== undefined) counters.response(status);
    if (problem !== undefined) counters.problems.add(problem);
    if (cause === 'truncated') counters.truncated++;
    if (node !== undefined && failedAtMs !== undefined) {
      counters.failoverDurations.add(endedAtMs - failedAtMs);
    }
    const rerouted = reroutedBy(report);
    if (rerouted?.kind === 'failover') counters.failovers.add(rerouted.landing);
    if (rerouted?.kind === 'reroute') counters.reroutes.add(rerouted.reason);
  };
}
