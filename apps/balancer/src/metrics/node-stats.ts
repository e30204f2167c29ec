import { Histogram } from './histogram.js';
import { Tally } from './tally.js';

/** Why a node became suspect: its circuit opened, or its health checks failed. */
export type EjectionCause = 'refused' | 'failing' | 'checks';

const LATENCY_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

/** What the balancer counts of one node, as long as it is in the directory. */
export class NodeStats {
  /** Requests sent to it; each attempt counts. */
  requests = 0;
  /** From the sending of a request to the head of its response. */
  readonly latency = new Histogram(LATENCY_BOUNDS_MS);
  readonly ejections = new Tally<EjectionCause>(['refused', 'failing', 'checks']);
}
