import type { BalancerNode, Failover } from '../directory/node-directory.js';
import type { Fleet } from '../fleet.js';
import type { CircuitPhase } from '../health/circuit.js';
import type { Availability } from '../health/health-state.js';
import type { Counters } from '../metrics/counters.js';
import type { NodeStats } from '../metrics/node-stats.js';
import type { Activity } from '../proxy/activity.js';

/** A node as it is shown and measured. */
export interface ObservedNode {
  readonly facts: BalancerNode;
  readonly availability: Availability;
  readonly circuitPhase: CircuitPhase;
  readonly inFlight: number;
  readonly tunnels: number;
  readonly stats: NodeStats;
}

/** What the admin port shows and changes. */
export interface AdminSource {
  /** As they are now. */
  nodes(): readonly ObservedNode[];
  readonly counters: Counters;
  readonly activity: Pick<Activity, 'requests' | 'tunnels' | 'stopping'>;
  failovers(): readonly Failover[];
  /** Throws `UnknownNodeError`. */
  requestState(id: string, state: 'drain' | 'undrain'): Promise<void>;
  /** Where several processes serve clients. */
  readonly workers?: () => WorkersView;
  /** Starts to replace them; false when the balancer stops. */
  readonly replaceWorkers?: () => boolean;
}

export interface WorkersView {
  readonly list: readonly {
    readonly pid: number;
    readonly state: 'starting' | 'ready' | 'stopping';
    /** Number of the view of the nodes that it routes by; null: it has not told yet. */
    readonly view: number | null;
  }[];
  /** Workers that ended by themselves. */
  readonly deaths: number;
}

/** A balancer that is this one process. */
export function sourceOf(
  fleet: Fleet,
  counters: Counters,
  activity: Activity,
  failovers: () => readonly Failover[],
): AdminSource {
  return {
    nodes() {
      fleet.refresh();
      return fleet.nodes();
    },
    ...{ counters, activity, failovers },
    requestState: (id, state) => fleet.options.directory.requestState(id, state),
  };
}
