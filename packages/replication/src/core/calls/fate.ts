import type { CallOutcome, OwnerCall } from './calls.js';
import type { PendingCall } from './pending-call.js';

/** What a client must not be told was not done when it may have been. */
export function isFateUnknown(
  { call, uncertain, sends }: PendingCall,
  result: CallOutcome,
): boolean {
  if (!isChange(call)) return false;
  // Nobody that is left knows the session: the one that had the call may come back with it, and
  // with the change (stumble, seed 93).
  if (result.kind === 'refused' || result.kind === 'unknown') return uncertain;
  if (result.kind !== 'destroyed' || result.reason !== 'rotated') return false;
  // A login may have taken the first of several sendings with it to the new id.
  return uncertain || (sends > 1 && !result.untouched);
}

function isChange({ kind }: OwnerCall): boolean {
  return kind === 'create' || kind === 'commit' || kind === 'rotate';
}
