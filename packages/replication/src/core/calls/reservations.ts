import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { OwnedRecord, Reservation } from '../record/record.js';
import type { CallResult, OwnerCall } from './calls.js';

/** Takes a journal key for the handler that begins now, unless another one runs under it. */
export function reserve(
  context: CoreContext,
  record: OwnedRecord,
  call: Extract<OwnerCall, { kind: 'reserve' }>,
): CallResult {
  const { nowMs } = context;
  const { origin, counter } = call.id;
  const held = record.reservations.get(call.journalKey);
  const isSameCall = held?.origin === origin && held.counter === counter;
  if (held && !isSameCall && isRunning(context, held)) {
    return { kind: 'in-progress', fingerprint: held.fingerprint };
  }
  const { fingerprint } = call;
  record.reservations.set(call.journalKey, { fingerprint, atMs: nowMs, origin, counter });
  while (record.reservations.size > LIMITS.journalEntries) {
    record.reservations.delete(record.reservations.keys().next().value as string);
  }
  return { kind: 'reserved' };
}

/**
 * Whether the handler that reserved a key may still come back. Not when its node is dead: the
 * repetition that follows a crash must not wait for an outcome that will never be. If that node
 * was only cut off, the commit checks the journal again.
 */
function isRunning(context: CoreContext, { origin, atMs }: Reservation): boolean {
  const { nowMs, self, membership } = context;
  if (nowMs - atMs >= LIMITS.reservationMs) return false;
  return origin === self || membership.isLive(origin);
}
