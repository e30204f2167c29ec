import type { SessionSnapshot } from '@understudy/replication';
import { bindsClients } from '../binding/bind-client.js';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { VerifiedId } from '../identity/id-cookie.js';
import { type SessionRoute, sameRoute } from '../route/route-cookie.js';
import type { Opened } from './open-session.js';
import type { PresentedCookies } from './presented-cookies.js';
import type { SessionRuntime } from './session-runtime.js';

/** A session as it was when its request came, before anybody asked for it. */
export interface HeldSession {
  readonly snapshot: SessionSnapshot;
  readonly presented: VerifiedId;
  readonly route: SessionRoute | undefined;
}

/**
 * The session of a request if it can wait until somebody looks at it: this node leads it, and there
 * is nothing the client would have to be told if nobody does. Undefined: it must be opened now.
 */
export function holdSession(
  runtime: SessionRuntime,
  facts: RequestFacts,
  { channel, ids, routes, csrf, legacy }: PresentedCookies,
): HeldSession | undefined {
  const presented = ids[0];
  if (!presented || ids.length > 1 || legacy.length > 0 || !mayWait(runtime, facts)) {
    return undefined;
  }
  const route = channel === 'cookie' ? runtime.routes.find(routes, presented.key) : undefined;
  const snapshot = runtime.store.peek?.(presented.key, route?.version);
  if (!snapshot) return undefined;
  const isUpToDate =
    channel === 'cookie'
      ? sameRoute(route, snapshot) && knowsToken(csrf, snapshot)
      : channel === 'header';
  return isUpToDate ? { snapshot, presented, route } : undefined;
}

/**
 * Now that somebody looks: as it is, or as it was when the request came if it has moved meanwhile
 * (the failure prevented: a slow handler fails because its node is drained while it runs).
 */
export function openHeld(
  { store }: SessionRuntime,
  { snapshot, presented, route }: HeldSession,
): Opened {
  const found = store.openNow?.(presented.key) ?? snapshot;
  return { kind: 'present', snapshot: found, route, presented };
}

/** What is judged, migrated or announced before the handler runs cannot wait for it. */
function mayWait(runtime: SessionRuntime, facts: RequestFacts): boolean {
  return (
    !bindsClients(runtime) &&
    !runtime.policy.schema &&
    facts.header(REQUEST_HEADERS.sessionMinRev) === undefined &&
    facts.header(REQUEST_HEADERS.failedNode) === undefined
  );
}

function knowsToken(csrf: readonly string[], { document }: SessionSnapshot): boolean {
  const token = document.system.csrf;
  return typeof token !== 'string' || csrf.includes(token);
}
