import type { RoutableNode } from './candidates.js';

/** Whether sessions may be assigned to it by load. */
export function isOpen(node: RoutableNode): boolean {
  return node.availability === 'up' && node.loadWeight > 0;
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
