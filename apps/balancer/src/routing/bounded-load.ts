import { rank } from '@understudy/replication/placement';
import type { RoutableNode } from './candidates.js';
import { openNodes } from './load.js';

export interface BoundedLoad {
  /** A node takes at most this many times its share of the requests in flight. From 1 on. */
  readonly factor: number;
}

export const DEFAULT_BOUNDED_LOAD: BoundedLoad = { factor: 1.25 };

/**
 * The ranking of the nodes for a key, those that have more than their share of the requests behind
 * those that have not. One busy key, or one address with half a town behind it, then fills its node
 * up to the bound and goes over to the next one in its ranking, always the same.
 *
 * The bounds add up to more than there is to hold, so some node always has room.
 *
 * Source: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016.
 */
export function boundedOrder<N extends RoutableNode>(
  key: string,
  nodes: readonly N[],
  { factor }: BoundedLoad,
): N[] {
  const ranked = rank(key, nodes);
  let weights = 0;
  let requests = 1;
  const open = openNodes(nodes);
  for (const node of open) {
    weights += node.loadWeight;
    requests += node.inFlight;
  }
  const hasRoom = (node: N): boolean =>
    open.includes(node) &&
    node.inFlight < Math.ceil((factor * requests * node.loadWeight) / weights);
  return [...ranked.filter(hasRoom), ...ranked.filter((node) => !hasRoom(node))];
}
