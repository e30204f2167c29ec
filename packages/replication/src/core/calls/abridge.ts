import type { CallResult, OwnerCall } from './calls.js';

/**
 * What goes back to a node that asked for a change: without the document when that node can tell it
 * from what it has. The version says so: if it is the one after `base`, in the same epoch, nothing
 * but this change came since. A large session would travel whole for each small change otherwise.
 */
export function abridge(call: OwnerCall, result: CallResult): CallResult {
  if (call.kind !== 'commit' || !call.hasBase || result.kind !== 'committed') return result;
  const { version, owner, backups } = result.view;
  const { base } = call;
  if (version.epoch !== base.epoch || version.seq !== base.seq + 1) return result;
  return { kind: 'accepted', version, owner, backups, copies: result.copies };
}
