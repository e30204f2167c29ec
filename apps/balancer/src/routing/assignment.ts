import type { BoundedLoad } from './bounded-load.js';
import { boundedOrder } from './bounded-load.js';
import type { NodeOrder, RoutableNode, Route } from './candidates.js';
import { addressKey } from './client-address.js';
import { isOpen, thenByLoad } from './load.js';
import type { RequestFacts } from './request-facts.js';
import { SmoothTurns } from './smooth-turns.js';
import { twoChoices } from './two-choices.js';

/**
 * How a request of which no method of affinity says anything finds its node: the less loaded of two
 * random ones, the one with the fewest connections, the next one in turn, or by a hash of the
 * client's address with bounded load. All of them go by weight.
 */
export type Assignment = 'p2c' | 'least-connections' | 'round-robin' | 'hash';

export const ASSIGNMENTS: readonly Assignment[] = [
  'p2c',
  'least-connections',
  'round-robin',
  'hash',
];

export interface AssignmentOptions {
  readonly assignment: Assignment;
  readonly boundedLoad: BoundedLoad;
  /** In [0, 1). */
  readonly random: () => number;
}

export type Assign = (facts: RequestFacts) => Route;

export function firstAssignment(options: AssignmentOptions): Assign {
  const { assignment, boundedLoad, random } = options;
  const byLoad: Route = { kind: 'ordered', order: (nodes) => twoChoices(nodes, random) };
  const turns = new SmoothTurns();
  switch (assignment) {
    case 'p2c':
      return () => byLoad;
    case 'least-connections':
      return () => inOrder(once((nodes) => turns.take(leastConnected(nodes))));
    case 'round-robin':
      return () => inOrder(once((nodes) => turns.take(nodes.filter(isOpen))));
    case 'hash':
      return ({ connection }) => {
        const key = addressKey(connection.address);
        return key === undefined ? byLoad : byKey(key, boundedLoad);
      };
  }
}

/** The ranking of the nodes for a key, with bounded load. */
export function byKey(key: string, boundedLoad: BoundedLoad): Route {
  return inOrder((nodes) => boundedOrder(key, nodes, boundedLoad));
}

function inOrder(order: NodeOrder): Route {
  return { kind: 'ordered', order };
}

type Choose = <N extends RoutableNode>(nodes: readonly N[]) => N | undefined;

/** Chooses when it is first asked, and keeps to it: whoever asks again must not take two turns. */
function once(choose: Choose): NodeOrder {
  let chosen: RoutableNode | undefined;
  return <N extends RoutableNode>(nodes: readonly N[]): N[] => {
    chosen ??= choose(nodes);
    const first = nodes.find((node) => node === chosen);
    return thenByLoad([first], nodes);
  };
}

/** All that have the fewest, for their weight. Idle nodes are many, and must not go by their place. */
function leastConnected<N extends RoutableNode>(nodes: readonly N[]): N[] {
  let fewest = Number.POSITIVE_INFINITY;
  let chosen: N[] = [];
  for (const node of nodes) {
    if (!isOpen(node)) continue;
    const connections = (node.inFlight + node.tunnels) / node.loadWeight;
    if (connections > fewest) continue;
    if (connections < fewest) chosen = [];
    fewest = connections;
    chosen.push(node);
  }
  return chosen;
}
