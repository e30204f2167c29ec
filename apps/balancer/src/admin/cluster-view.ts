import type { BalancerNode, Failover, NodeState } from '../directory/node-directory.js';
import type { Availability } from '../health/health-state.js';
import type { Imbalance } from '../metrics/balance.js';

/** A node as the admin port shows it. */
export interface NodeView {
  readonly id: string;
  readonly label: string;
  readonly pid: number | null;
  readonly url: string | null;
  readonly state: NodeState;
  readonly sessionsOwned: number;
  readonly sessionsHeld: number;
}

/** Answer of `GET /api/cluster`. */
export interface ClusterView {
  readonly nodes: readonly NodeView[];
  readonly failovers: readonly Failover[];
  /** Largest share of a node over the mean; null: there is nothing to share. */
  readonly imbalance: { readonly sessions: number | null; readonly requests: number | null };
}

/** What of a fleet's node is shown. */
export interface ShownNode {
  readonly facts: BalancerNode;
  readonly availability: Availability;
}

export function clusterView(
  nodes: readonly ShownNode[],
  failovers: readonly Failover[],
  { sessions, requests }: Imbalance,
): ClusterView {
  const imbalance = { sessions: sessions ?? null, requests: requests ?? null };
  return { nodes: nodes.map(nodeView), failovers, imbalance };
}

function nodeView({ facts, availability }: ShownNode): NodeView {
  return {
    id: facts.id,
    label: facts.label,
    pid: facts.pid ?? null,
    url: facts.url ?? null,
    state: shownState(facts.state, availability),
    sessionsOwned: facts.sessionsOwned,
    sessionsHeld: facts.sessionsHeld,
  };
}

/** Membership's word, except that a node it calls active may look worse from here. */
function shownState(state: NodeState, availability: Availability): NodeState {
  return state === 'active' && availability !== 'up' ? availability : state;
}
