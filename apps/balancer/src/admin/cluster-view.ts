import type { Failover, NodeState } from '../directory/node-directory.js';
import type { CircuitPhase } from '../health/circuit.js';
import type { Availability } from '../health/health-state.js';
import type { ObservedNode, WorkersView } from './admin-source.js';

/** A node as the admin port shows it. */
export interface NodeView {
  readonly id: string;
  readonly label: string;
  readonly pid: number | null;
  readonly url: string | null;
  readonly state: NodeState;
  readonly sessionsOwned: number;
  readonly sessionsHeld: number;
  /** What requests have shown of it. */
  readonly circuit: CircuitPhase;
}

/** Answer of `GET /api/cluster`. */
export interface ClusterView {
  readonly nodes: readonly NodeView[];
  readonly failovers: readonly Failover[];
  /** Where several processes serve clients. */
  readonly workers?: WorkersView['list'];
}

/** What of a node is shown. */
export type ShownNode = Pick<ObservedNode, 'facts' | 'availability' | 'circuitPhase'>;

export function clusterView(
  nodes: readonly ShownNode[],
  failovers: readonly Failover[],
  workers?: WorkersView,
): ClusterView {
  const view = { nodes: nodes.map(nodeView), failovers };
  return workers === undefined ? view : { ...view, workers: workers.list };
}

function nodeView({ facts, availability, circuitPhase }: ShownNode): NodeView {
  return {
    id: facts.id,
    label: facts.label,
    pid: facts.pid ?? null,
    url: facts.url ?? null,
    state: shownState(facts.state, availability),
    sessionsOwned: facts.sessionsOwned,
    sessionsHeld: facts.sessionsHeld,
    circuit: circuitPhase,
  };
}

/** Membership's word, except that a node it calls active may look worse from here. */
function shownState(state: NodeState, availability: Availability): NodeState {
  return state === 'active' && availability !== 'up' ? availability : state;
}
