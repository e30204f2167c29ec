import type { ExchangeListener } from '../proxy/exchange-report.js';
import type { Counters } from './counters.js';

/** Counts what became of every request that was passed on, or should have been. */
export function countExchanges(counters: Counters): ExchangeListener {
  return ({ route, node, status, cause, problem, failedAtMs, endedAtMs }) => {
    if (status !== undefined) counters.response(status);
    if (problem !== undefined) counters.problems.add(problem);
    if (cause === 'truncated') counters.truncated++;
    if (node === undefined) return;
    if (failedAtMs !== undefined) counters.failoverDurations.add(endedAtMs - failedAtMs);
    if (route.kind !== 'session') return;
    const [owner] = route.holders;
    if (owner === undefined || owner === node.label) return;
    counters.failovers.add(route.holders.includes(node.label) ? 'holder' : 'other');
  };
}
