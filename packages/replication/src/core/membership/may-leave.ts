import { mayHold } from '../copies/holder-health.js';
import type { NodeCore } from '../node-core.js';

/**
 * Whether a drained node may stop: nothing is left here, or too few nodes stay for what is left to
 * have its copies elsewhere; and the tier has what it was promised.
 */
export function mayLeave(core: NodeCore): boolean {
  if (!core.tiering.isSettled) return false;
  if (core.records.size === 0) return true;
  const staying = stayingNodes(core);
  if (staying === 0) return core.membership.onlySilent(core.nowMs).length === 0;
  return core.ownedCount === 0 && staying <= core.settings.backups;
}

/**
 * Whoever does not answer for a moment stays, too (the failure prevented: a node takes a pause of its
 * own network for the absence of everyone, and leaves with what it owns; rolling, seed 1003). And who
 * was declared dead for its silence alone is waited for: it may only be starved (everything, seed 3036).
 */
function stayingNodes({ membership }: NodeCore): number {
  const staying = [...membership.live()].filter(
    ({ heartbeat: { weight, state } }) => weight > 0 && mayHold(state),
  );
  return staying.length;
}
