import {
  type EnlistResult,
  type SessionObject,
  SessionUnavailableError,
  type Standing,
} from '@understudy/replication';
import { SessionEndedError, SessionLimitError } from '../errors.js';
import type { LiveLifetime } from '../lifetime/live-lifetime.js';
import { type Device, encodeDevice } from '../principals/device.js';
import type { Principal } from '../session/principal.js';
import type { RecordingBag } from '../session/recording-bag.js';
import type { Client } from './client.js';
import type { SessionRuntime } from './session-runtime.js';
import type { Written } from './write-record.js';

/** Where a session is on the list of its principal. */
export interface Place {
  readonly principal: string;
  /** Names it there, whatever ids the session gets; made anew by every login. */
  readonly handle: string;
  /** The session has the place already and only gets another id. */
  readonly isHeld: boolean;
  /** The session has another place with the same principal, which this login gives up. */
  readonly replacesOwn: boolean;
  /** When the principal signed in. */
  readonly createdMs: number;
  readonly absoluteTimeoutMs: number;
  readonly device: Device;
}

/** The place a session has or is to get; `before` is what is stored. Undefined: it is nobody's. */
export function placeOf(
  runtime: SessionRuntime,
  { system, lifetime }: { readonly system: RecordingBag; readonly lifetime: LiveLifetime },
  before: SessionObject,
  client: Client,
): Place | undefined {
  const principal = system.get('principal') as Principal | undefined;
  const handle = system.get('handle');
  if (!principal || typeof handle !== 'string') return undefined;
  const signedInAt = system.get('authenticatedAt');
  const createdMs = signedInAt instanceof Date ? signedInAt.getTime() : runtime.now();
  const isHeld = before.handle === handle;
  return {
    principal: principal.id,
    handle,
    isHeld,
    replacesOwn: !isHeld && (before.principal as Principal | undefined)?.id === principal.id,
    createdMs,
    absoluteTimeoutMs: lifetime.absoluteTimeoutFrom(createdMs),
    device: client.device(),
  };
}

/**
 * Writes a session under a key that has a place on its principal's list first, so that no session is
 * alive that a limit does not count and a revocation does not find. Gives the place back when nothing
 * was stored; where that is not known the engine looks after it.
 *
 * Rejects with `SessionLimitError`, `SessionEndedError`, or as the engine and `write` do.
 */
export async function writeInPlace(
  runtime: SessionRuntime,
  place: Place,
  session: string,
  write: (standing: Standing | undefined) => Promise<Written>,
): Promise<Written> {
  const standing = place.isHeld
    ? await keepPlace(runtime, place, session)
    : await takePlace(runtime, place, session);
  try {
    const written = await write(standing);
    if (written.result.status !== 'committed') giveBack(runtime, place);
    return written;
  } catch (error) {
    // Of any other error it is not certain that nothing was stored: a place given back too soon
    // would leave a session that nobody counts.
    if (error instanceof SessionUnavailableError) giveBack(runtime, place);
    throw error;
  }
}

/** A login: whoever must make room has ended before this resolves. */
async function takePlace(runtime: SessionRuntime, place: Place, session: string) {
  const { perPrincipal, onLimit } = runtime.policy;
  // The place it has is free as soon as this login is stored: until then there is one more of them,
  // and still not one session more (the failure prevented: somebody who signs in again at the limit is
  // refused, or ends the session it is in).
  const limit = perPrincipal + (place.replacesOwn ? 1 : 0);
  const result = await enlist(runtime, place, session, limit, onLimit);
  const ended = result.status === 'enlisted' ? result.evicted.length : 0;
  if (result.status !== 'enlisted' || ended > 0) {
    const { principal } = place;
    runtime.emit({ kind: 'limit-reached', principal, limit: perPrincipal, ended, onLimit });
  }
  if (result.status === 'full') throw new SessionLimitError(perPrincipal);
  if (result.status === 'evicted') {
    throw new SessionEndedError('others signed in at the same moment and took every place');
  }
  return result.standing;
}

/**
 * A new id of the same login: tells the list under which key it goes on, and when it was last seen.
 * Without an answer the list follows the alias of the old id, so nobody is signed out for that.
 */
async function keepPlace(runtime: SessionRuntime, place: Place, session: string) {
  try {
    const { perPrincipal } = runtime.policy;
    const result = await enlist(runtime, place, session, perPrincipal, 'evict-oldest');
    if (result.status === 'enlisted') return result.standing;
  } catch (error) {
    if (!(error instanceof SessionUnavailableError)) throw error;
    return undefined;
  }
  throw new SessionEndedError();
}

function enlist(
  runtime: SessionRuntime,
  place: Place,
  session: string,
  limit: number,
  policy: 'evict-oldest' | 'reject',
): Promise<EnlistResult> {
  const { principal, handle, createdMs, absoluteTimeoutMs, device } = place;
  const request = { principal, handle, session, limit, policy, createdMs, absoluteTimeoutMs };
  const facts = { seenMs: runtime.now(), device: encodeDevice(device) };
  return runtime.principals.enlist({ ...request, ...facts });
}

/** Nobody waits for it: a place without a session is free after some seconds anyway. */
function giveBack(runtime: SessionRuntime, { isHeld, principal, handle }: Place): void {
  if (isHeld) return;
  runtime.principals.delist(principal, handle).catch((error: Error) => {
    runtime.logger.debug(`a place was not given back at once: ${error.message}`);
  });
}
