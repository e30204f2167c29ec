import type { Counters } from '../metrics/counters.js';
import { failoverFamilies } from '../metrics/failovers.js';
import { nodeFamilies } from '../metrics/nodes.js';
import { requestFamilies } from '../metrics/requests.js';
import type { ObservedNode } from './admin-source.js';

export interface MetricsInput {
  readonly counters: Counters;
  readonly requestsInFlight: number;
  readonly tunnels: number;
  readonly nodes: readonly ObservedNode[];
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A file of `metrics/` for each area. */
const AREAS: readonly ((input: MetricsInput) => readonly string[])[] = [
  requestFamilies,
  failoverFamilies,
  nodeFamilies,
];

/** The metrics in Prometheus's text format. */
export function renderMetrics(input: MetricsInput): string {
  return AREAS.flatMap((families) => families(input)).join('');
}
