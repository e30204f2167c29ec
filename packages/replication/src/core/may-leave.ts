import type { NodeCore } from './node-core.js';

/**
 * Whether a drained node may stop: nothing is left here, or too few nodes stay for what is left to
 * have its copies elsewhere; and the tier has what it was promised.
 */
export function mayLeave(core: NodeCore): boolean {
  if (!core.tiering.isSettled) return false;
  if (core.records.size === 0) return true;
  const staying = core.copyTargets().length;
  if (staying === 0) return true;
  return core.ownedCount === 0 && staying <= core.settings.backups;
}
