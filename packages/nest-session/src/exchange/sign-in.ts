import {
  type EnlistRequest,
  type SessionObject,
  SessionUnavailableError,
  type Standing,
} from '@understudy/replication';
import { SessionEndedError, SessionLimitError } from '../errors.js';
import { MAX_LISTED_SESSIONS } from '../limits.js';
import { type Device, encodeDevice } from '../principals/device.js';
import type { Principal } from '../session/principal.js';
import type { Client } from './client.js';
import type { SessionFacts } from './session-facts.js';
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
  facts: SessionFacts,
  before: SessionObject,
  client: Client,
): Place | undefined {
  const { principal, handle, lifetime } = facts;
  if (!principal || handle === undefined) return undefined;
  const signedInAt = facts.bag.get('authenticatedAt');
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
 * Writes a session that has a place on its principal's list under its key before it is written, so
 * that no session is alive that a limit does not count and a revocation does not find. Gives the place
 * back when nothing was stored; where that is not known the engine looks after it.
 *
 * Rejects with `SessionLimitError`, `SessionEndedError`, or as the engine and `write` do.
 */
export async function writeInPlace(
  runtime: SessionRuntime,
  place: Place,
  session: string,
  write: (standing: Standing | undefined) => Promise<Written>,
): Promise<Written> {
  const standing = await takePlace(runtime, place, session);
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

/**
 * A session got a new id within its login: tells the list when it was last seen, and where. Nobody
 * waits for it: the list follows the alias of the old id by itself (the failure prevented: a request
 * that only renews an id waits for, or fails with, a list that cannot be reached). If the session ends
 * meanwhile its handle is buried, and makes no place.
 */
export function keepPlace(runtime: SessionRuntime, place: Place, session: string): void {
  runtime.principals.renew(requestOf(runtime, place, session)).catch((error: Error) => {
    runtime.logger.debug(`the list of a principal was not told of a new id: ${error.message}`);
  });
}

/** Whoever must make room has ended before this resolves. */
export async function takePlace(
  runtime: SessionRuntime,
  place: Place,
  session: string,
): Promise<Standing> {
  const { perPrincipal: limit = MAX_LISTED_SESSIONS, onLimit } = runtime.policy;
  const result = await runtime.principals.enlist(requestOf(runtime, place, session));
  const ended = result.status === 'enlisted' ? result.evicted.length : 0;
  if (result.status !== 'enlisted' || ended > 0) {
    runtime.emit({ kind: 'limit-reached', principal: place.principal, limit, ended, onLimit });
  }
  if (result.status === 'full') throw new SessionLimitError(limit);
  if (result.status === 'evicted') {
    throw new SessionEndedError('its place was taken by another sign-in of the same principal');
  }
  return result.standing;
}

function requestOf(runtime: SessionRuntime, place: Place, session: string): EnlistRequest {
  const { principal, handle, replacesOwn, createdMs, absoluteTimeoutMs, device } = place;
  const { perPrincipal, onLimit } = runtime.policy;
  return {
    principal,
    handle,
    session,
    // The place a session has is free as soon as its new login is stored: until then there is one
    // place more, and never one session more (the failure prevented: somebody who signs in again at
    // the limit is refused, or ends the very session it is in).
    limit: perPrincipal === undefined ? undefined : perPrincipal + (replacesOwn ? 1 : 0),
    policy: onLimit,
    createdMs,
    absoluteTimeoutMs,
    seenMs: runtime.now(),
    device: encodeDevice(device),
  };
}

/** Nobody waits for it: a place without a session is free after some seconds anyway. */
function giveBack(runtime: SessionRuntime, { isHeld, principal, handle }: Place): void {
  if (isHeld) return;
  runtime.principals.delist(principal, handle).catch((error: Error) => {
    runtime.logger.debug(`a place was not given back at once: ${error.message}`);
  });
}
