import { LIMITS } from '../limits.js';
import type { CallResult, OwnerCall } from './calls.js';
import { NOBODY, type PendingCall } from './pending-call.js';

type Destroyed = Extract<CallResult, { kind: 'destroyed' }>;

/** Gives a call the id under which its session goes on; false when there is none to try. */
export function rename(pending: PendingCall, result: Destroyed): boolean {
  const { call } = pending;
  if (call.kind === 'rotate' && result.replay && result.replay !== call.to) {
    return renameAgain(pending, call, result.replay);
  }
  if (pending.hops >= LIMITS.callHops) return false;
  const next = nextOf(pending, result);
  if (next === undefined || next.key === call.key) return false;
  // Several tabs may have replaced the id they had, one after the other.
  pending.hops++;
  pending.tried = NOBODY;
  pending.call = next;
  return true;
}

/**
 * Whether that is word of an id which the call has left behind already: two parts of a node may wait
 * for the same burial, and the second tells a call that is under way elsewhere by then (the failure
 * prevented: it is answered as not made, and made under the later id; everything, seed 9037).
 */
export function isOfFormerId({ call, hops }: PendingCall, { alias }: Destroyed): boolean {
  return hops > 0 && alias !== undefined && alias === call.key;
}

function nextOf(
  { call, uncertain }: PendingCall,
  { alias, reason = 'rotated', untouched }: Destroyed,
): OwnerCall | undefined {
  if (alias === undefined && reason !== 'rotated') return undefined;
  if (call.kind === 'rotate') {
    // It was this call that buried the id, or another tab's if that got another one (stumble, seeds
    // 153 and 390). Nobody says so where it was a login's.
    const mayBeItself = alias === undefined ? !untouched : alias === call.to;
    if (mayBeItself || uncertain) return repeatedRotation(call);
  }
  return alias === undefined ? undefined : { ...call, key: alias };
}

/** What a rotation that went through is asked for: that its change is in the successor. */
function repeatedRotation(call: Extract<OwnerCall, { kind: 'rotate' }>): OwnerCall {
  return {
    kind: 'commit',
    key: call.to,
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
