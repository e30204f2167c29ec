import type { CoreContext, PlacementNode } from '../context.js';
import { mayHold } from '../copies/holder-health.js';

/** Nodes that may own records: active, alive, not stalled; this one included while active. */
export function placementMembers(context: CoreContext): PlacementNode[] {
  const nodes = copyTargets(context).filter((node) => node.state === 'active');
  const { id, weight, zone } = context.settings;
  const { state, self } = context;
  if (state === 'active') nodes.push({ id, weight, zone, incarnation: self, state });
  return nodes;
}

/** Other nodes that may hold copies; one that is still joining may, it only serves later. */
export function copyTargets({ membership, replicator }: CoreContext): PlacementNode[] {
  const nodes: PlacementNode[] = [];
  for (const { status, heartbeat, incarnation } of membership.members.values()) {
    const { id, weight, zone, state } = heartbeat;
    if (status !== 'alive' || weight <= 0) continue;
    if (!mayHold(state)) continue;
    if (!replicator.isStalled(incarnation)) {
      nodes.push({ id, weight, zone, incarnation, state });
    }
  }
  return nodes;
}
