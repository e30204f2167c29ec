import type { RoutableNode } from './candidates.js';

/**
 * The nodes that may be assigned something by load: those that are up, or the best there are. When
 * all of them drain or are suspected the first one must not get everything.
 */
export function openNodes<N extends RoutableNode>(nodes: readonly N[]): readonly N[] {
  for (const wanted of ['up', 'draining', 'suspect']) {
    const open: N[] = [];
    let isThere = false;
    for (const node of nodes) {
      if (node.availability !== wanted) continue;
      isThere = true;
      if (node.loadWeight > 0) open.push(node);
    }
    if (isThere) return open;
  }
  return [];
}

/** Less loaded first. Nodes of weight 0 come last: they take no sessions while another can. */
export function compareLoad(left: RoutableNode, right: RoutableNode): number {
  if (left.loadWeight > 0 !== right.loadWeight > 0) return left.loadWeight > 0 ? -1 : 1;
  const leftWeight = left.loadWeight || 1;
  const rightWeight = right.loadWeight || 1;
  return (
    left.inFlight / leftWeight - right.inFlight / rightWeight ||
    left.sessionsOwned / leftWeight - right.sessionsOwned / rightWeight
  );
}
