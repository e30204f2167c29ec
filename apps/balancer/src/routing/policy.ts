import type { IncomingMessage } from 'node:http';
import type { ConnectionFacts } from '../proxy/connection-facts.js';
import type { Route } from './candidates.js';
import { type Assignment, routeRequest } from './route-request.js';

/** What may decide where a request goes. */
export interface RequestFacts {
  readonly request: IncomingMessage;
  readonly connection: ConnectionFacts;
}

/** Decides how requests are routed; which nodes that means is up to `candidates`. */
export interface RoutingPolicy {
  route(facts: RequestFacts): Route;
}

export interface PolicyOptions {
  readonly assignment: Assignment;
  readonly isKnown: (label: string) => boolean;
  /** Route cookies looked at. */
  readonly cookieLimit: number;
  readonly random: () => number;
}

export function routingPolicy(options: PolicyOptions): RoutingPolicy {
  let turn = 0;
  return {
    route: ({ request }) =>
      routeRequest({ ...options, cookie: request.headers.cookie, turn: turn++ }),
  };
}
