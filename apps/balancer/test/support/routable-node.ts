import type { Availability } from '../../src/health/health-state.js';
import type { RoutableNode } from '../../src/routing/candidates.js';

/** A node as routing sees it: idle, up and of weight 1 unless said otherwise. */
export function routableNode(
  label: string,
  availability: Availability = 'up',
  more: Partial<RoutableNode> = {},
): RoutableNode {
  return {
    ...{ id: label, label, weight: 1, availability },
    ...{ inFlight: 0, tunnels: 0, sessionsOwned: 0 },
    loadWeight: more.weight ?? 1,
    ...more,
  };
}
