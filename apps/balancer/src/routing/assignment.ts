import { addressKey } from '../edge/address.js';
import type { BoundedLoad } from './bounded-load.js';
import type { RoutableNode, Route } from './candidates.js';
import { openNodes } from './load.js';
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
  const byLoad: Route = { kind: 'chosen', choose: (nodes) => twoChoices(nodes, random) };
  const turns = new SmoothTurns();
  switch (assignment) {
    case 'p2c':
      return () => byLoad;
    case 'least-connections':
      return () => once((nodes) => turns.take(leastConnected(nodes)));
    case 'round-robin':
      return () => once((nodes) => turns.take(openNodes(nodes)));
    case 'hash':
      return ({ connection }) => {
        const key = addressKey(connection.address);
        return key === undefined ? byLoad : { kind: 'keyed', key, boundedLoad };
      };
  }
}

/** Chooses when it is first asked, and keeps to it: whoever asks again must not take two turns. */
function once(take: <N extends RoutableNode>(nodes: readonly N[]) => N | undefined): Route {
  let taken: RoutableNode | undefined;
  return {
    kind: 'chosen',
    choose(nodes) {
      taken ??= take(nodes);
      return openNodes(nodes).filter((node) => node === taken);
    },
  };
}

/** All that have the fewest, for their weight. Idle nodes are many, and must not go by their place. */
function leastConnected<N extends RoutableNode>(nodes: readonly N[]): N[] {
  let fewest = Number.POSITIVE_INFINITY;
  let chosen: N[] = [];
  for (const node of openNodes(nodes)) {
    const connections = (node.inFlight + node.tunnels) / node.loadWeight;
    if (connections > fewest) continue;
    if (connections < fewest) chosen = [];
    fewest = connections;
    chosen.push(node);
  }
  return chosen;
}
