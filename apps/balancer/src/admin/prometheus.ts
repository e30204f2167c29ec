import type { CircuitPhase } from '../health/circuit.js';
import type { Availability } from '../health/health-state.js';
import { balanceFamilies, type Imbalance } from '../metrics/balance.js';
import type { Counters } from '../metrics/counters.js';
import { failoverFamilies } from '../metrics/failovers.js';
import { nodeFamilies } from '../metrics/nodes.js';
import { requestFamilies } from '../metrics/requests.js';

/** What is measured of one node. */
export interface NodeGauges {
  readonly label: string;
  readonly availability: Availability;
  readonly circuitPhase: CircuitPhase;
  readonly inFlight: number;
  readonly tunnels: number;
  readonly sessionsOwned: number;
}

export interface MetricsInput {
  readonly counters: Counters;
  readonly requestsInFlight: number;
  readonly tunnels: number;
  readonly nodes: readonly NodeGauges[];
  readonly imbalance: Imbalance;
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A file of `metrics/` for each area. */
const AREAS: readonly ((input: MetricsInput) => readonly string[])[] = [
  requestFamilies,
  failoverFamilies,
  nodeFamilies,
  balanceFamilies,
];

/** The metrics in Prometheus's text format. */
export function renderMetrics(input: MetricsInput): string {
  return AREAS.flatMap((families) => families(input)).join('');
}
