import type { HeaderList } from '../proxy/header-list.js';
import type { Move } from '../rehoming/move.js';
import { type AffinityMethod, ownCookieUse } from './affinity.js';
import { findRouteBy } from './affinity-methods.js';
import { type Assignment, firstAssignment } from './assignment.js';
import type { BoundedLoad } from './bounded-load.js';
import type { Route } from './candidates.js';
import { NodeCookie, type NodeCookieOptions } from './node-cookie.js';
import type { RequestFacts } from './request-facts.js';
import { cookieSetter } from './set-node-cookie.js';

/** Decides how requests are routed; which nodes that means is up to `candidates`. */
export interface RoutingPolicy {
  route(facts: RequestFacts): Route;
  /** The cookie that is between clients and the balancer, if there is one. */
  readonly hiddenCookie: string | undefined;
  /**
   * The `Set-Cookie` to add to a node's response, if one is due; undefined when the balancer sets no
   * cookie at all.
   */
  readonly cookieFor:
    | ((facts: RequestFacts, route: Route, answer: NodeAnswer) => string | undefined)
    | undefined;
}

/** A response for the client, as far as it matters here. */
export interface NodeAnswer {
  readonly label: string;
  readonly headers: HeaderList;
}

export interface PolicyOptions {
  /** In the order in which they are asked; the first that names a node of ours, or a key, decides. */
  readonly affinity: readonly AffinityMethod[];
  readonly assignment: Assignment;
  readonly boundedLoad: BoundedLoad;
  readonly cookie: NodeCookieOptions;
  /** For the cookie of the balancer, newest first. */
  readonly cookieSecrets: readonly string[];
  readonly isKnown: (label: string) => boolean;
  /** Sessions that are to go from one node to another, at present. */
  readonly moves: () => readonly Move[];
  /** Values of one cookie looked at. */
  readonly cookieLimit: number;
  readonly random: () => number;
}

export function routingPolicy(options: PolicyOptions): RoutingPolicy {
  const { affinity, isKnown } = options;
  const usesRoutes = affinity.some(({ by }) => by === 'route');
  const use = ownCookieUse(affinity);
  const nodeCookie =
    use === undefined ? undefined : new NodeCookie(options.cookie, options.cookieSecrets);
  // Sessions that can move have a route cookie. Where none is read, nodes keep theirs to the end.
  const more = { nodeCookie, staysOnDrain: !usesRoutes };
  const methods = affinity.map((method) => findRouteBy(method, { ...options, ...more }));
  const assign = firstAssignment(options);
  return {
    route(facts) {
      let astray: Route | undefined;
      for (const find of methods) {
        const found = find(facts);
        if (found === undefined) continue;
        if (found.kind !== 'pinned' || isKnown(found.label)) return found;
        // It names nobody; but a later method may, and if none does its key keeps requests together.
        astray ??= found;
      }
      return astray ?? assign(facts);
    },
    hiddenCookie: use === undefined || options.cookie.passOn ? undefined : options.cookie.name,
    cookieFor:
      nodeCookie &&
      cookieSetter({ ...options, nodeCookie, boundTo: use?.boundTo, passesRoutes: usesRoutes }),
  };
}
