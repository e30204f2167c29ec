import type { Durability, HeldLock } from '@understudy/replication';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { Replacement } from '../http/settlement.js';
import type { OnConflict } from '../options/on-conflict.js';
import type { SessionRoute } from '../route/route-cookie.js';
import type { CommitOptions, LiveSession } from './live-session.js';
import type { PresentedCookies } from './presented-cookies.js';
import type { SessionRuntime } from './session-runtime.js';
import type { WriteOptions } from './write-record.js';

/** What the parts of an exchange share while one request runs. */
export interface ExchangeState {
  readonly runtime: SessionRuntime;
  readonly facts: RequestFacts;
  readonly cookies: PresentedCookies;
  /** Headers that guards and services add to whatever the response will be. */
  readonly headers: Record<string, string>;
  live: LiveSession;
  /** Somebody was signed in when the request came. */
  cameSignedIn: boolean;
  /** The route the client carries, when it belongs to its session. */
  route: SessionRoute | undefined;
  /** The client's cookies outlive its browser. */
  wasPersistent: boolean;
  /** How many copies a change of this route waits for. */
  durability: Durability;
  onConflict: OnConflict;
  /** The lock this request holds, and of which session: a login gives that another key. */
  lock: { readonly key: string; readonly held: HeldLock } | undefined;
  /** An idempotency key this request holds. */
  reservation: { readonly key: string; readonly fingerprint: string } | undefined;
  /** The remembered outcome that will be the response. */
  replay: Replacement | undefined;
  /** This request does not extend the idle time, whatever its headers say. */
  isPassive: boolean;
  /** The response is being settled or on its way: cookies come too late. */
  headersGone: boolean;
}

/** How logs name a request: never with its query, which may carry anything. */
export function requestName({ facts }: ExchangeState): string {
  return `${facts.method} ${facts.target.split('?', 1)[0]}`;
}

/** The request is not the user's doing and does not extend the idle time. */
export function isPassive({ facts, isPassive }: ExchangeState): boolean {
  return isPassive || facts.header(REQUEST_HEADERS.sessionPassive)?.trim() === '?1';
}

/** How the changes of a request are stored. */
export function writeOptions({ durability, onConflict, lock }: ExchangeState): WriteOptions {
  return {
    durability,
    expect: onConflict === 'reject' ? 'exact' : undefined,
    lock: lock?.held,
  };
}

/**
 * The same for a commit that may give the session its next id; `renew`: the client can learn it.
 */
export function commitOptions(state: ExchangeState, { renew }: { renew: boolean }): CommitOptions {
  const options = writeOptions(state);
  // A rotation compares no version and asks for no lock: it would store what they forbid.
  const isGuarded = options.expect !== undefined || options.lock !== undefined;
  return { ...options, renew: renew && !isGuarded };
}
