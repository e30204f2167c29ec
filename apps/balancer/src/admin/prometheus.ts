import type { Counters } from '../metrics/counters.js';
import { failoverFamilies } from '../metrics/failovers.js';
import { nodeFamilies } from '../metrics/nodes.js';
import { requestFamilies } from '../metrics/requests.js';
import { workerFamilies } from '../metrics/workers.js';
import type { ObservedNode, WorkersView } from './admin-source.js';

export interface MetricsInput {
  readonly counters: Counters;
  readonly requestsInFlight: number;
  readonly tunnels: number;
  readonly nodes: readonly ObservedNode[];
  readonly workers?: WorkersView | undefined;
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A file of `metrics/` for each area. */
const AREAS: readonly ((input: MetricsInput) => readonly string[])[] = [
  requestFamilies,
  failoverFamilies,
  nodeFamilies,
  workerFamilies,
];

/** The metrics in Prometheus's text format. */
export function renderMetrics(input: MetricsInput): string {
  return AREAS.flatMap((families) => families(input)).join('');
}
