import type { Route } from './candidates.js';
import { findSessionId, placementKeyOf } from './placement-key.js';
import { findRouteCookie } from './route-cookie.js';

/** `sticky`: a session returns to the nodes that hold it. `round-robin`: no affinity at all. */
export type Assignment = 'sticky' | 'round-robin';

export interface RoutingInput {
  readonly assignment: Assignment;
  /** The `Cookie` header, joined when sent more than once. */
  readonly cookie: string | undefined;
  readonly isKnown: (label: string) => boolean;
  /** Route cookies looked at. */
  readonly cookieLimit: number;
  /** Number of this request, for round robin. */
  readonly turn: number;
  readonly random: () => number;
}

/**
 * Decides how a request or WebSocket upgrade is routed; which node that means is up to
 * `candidates`.
 */
export function routeRequest(input: RoutingInput): Route {
  if (input.assignment === 'round-robin') return { kind: 'turn', turn: input.turn };
  const route = findRouteCookie(input.cookie, input.isKnown, input.cookieLimit);
  const sessionId = findSessionId(input.cookie, input.cookieLimit);
  if (route === undefined && sessionId === undefined) return { kind: 'new', random: input.random };
  return {
    kind: 'session',
    holders: route?.holders ?? [],
    placementKey: () =>
      sessionId === undefined ? (route?.value ?? '') : placementKeyOf(sessionId),
  };
}
