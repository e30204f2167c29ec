import { ranksFirst } from '../../placement/rank.js';
import type { CoreContext } from '../context.js';
import type { OwnerCall } from './calls.js';

/** Whether a list is begun here. Any node may; it is best done where everyone looks first. */
export function makesList(context: CoreContext, call: OwnerCall): boolean {
  return call.kind === 'enlist' && isFirst(context, call.key);
}

/** Whether a record of shared limits that nobody has is made here. */
export function makesShared(context: CoreContext, call: OwnerCall): boolean {
  return call.kind === 'consume' && call.scope === 'shared' && isFirst(context, call.key);
}

function isFirst(context: CoreContext, key: string): boolean {
  return ranksFirst(key, context.settings.id, context.placementMembers());
}
