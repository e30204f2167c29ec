import type { CallResult, OwnerCall } from './calls.js';
import { LIMITS } from './limits.js';
import { NOBODY, type PendingCall } from './pending-call.js';

/** Gives a call the id under which its session goes on; false when there is none to try. */
export function rename(
  pending: PendingCall,
  result: Extract<CallResult, { kind: 'destroyed' }>,
): boolean {
  const { call } = pending;
  if (call.kind === 'rotate' && result.replay && result.replay !== call.to) {
    return renameAgain(pending, call, result.replay);
  }
  const repeatedRotation = call.kind === 'rotate' && pending.hops < LIMITS.callHops;
  const successor = repeatedRotation ? call.to : result.alias;
  if (successor === undefined || successor === call.key) return false;
  if (pending.hops >= LIMITS.callHops) return false;
  // The id was rotated: the call goes on with the successor, once.
  pending.hops = LIMITS.callHops;
  pending.tried = NOBODY;
  pending.call = callOf(call, successor);
  return true;
}

function callOf(call: OwnerCall, successor: string): OwnerCall {
  if (call.kind !== 'rotate') return { ...call, key: successor } as OwnerCall;
  return {
    kind: 'commit',
    key: successor,
    id: call.id,
    base: call.base,
    operations: [],
    exact: false,
    durability: call.durability,
    ...(call.again && { again: true, journal: call.journal }),
  };
}

/** The id that a login gave never arrived: the session gets another, and that one is buried. */
function renameAgain(
  pending: PendingCall,
  call: Extract<OwnerCall, { kind: 'rotate' }>,
  from: string,
): boolean {
  if (pending.hops >= LIMITS.callHops) return false;
  pending.hops++;
  pending.tried = NOBODY;
  pending.call = { ...call, key: from, operations: [], again: true };
  return true;
}
