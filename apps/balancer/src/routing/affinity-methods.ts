import { LABEL_PATTERN } from '../contract.js';
import { addressKey } from '../edge/address.js';
import { type Move, movedTo } from '../rehoming/move.js';
import type { AffinityMethod, LabelPlace } from './affinity.js';
import type { BoundedLoad } from './bounded-load.js';
import type { Route } from './candidates.js';
import { labelOf, type NodeCookie } from './node-cookie.js';
import { findSessionId, placementKeyOf } from './placement-key.js';
import type { RequestFacts } from './request-facts.js';
import { cookieSource, headerSource, parameterSource, type ValueSource } from './request-values.js';
import { findRouteCookie } from './route-cookie.js';

/** Says where a request belongs, or that it does not know. */
export type FindRoute = (facts: RequestFacts) => Route | undefined;

export interface MethodOptions {
  readonly isKnown: (label: string) => boolean;
  /** Values of one cookie looked at. */
  readonly cookieLimit: number;
  readonly boundedLoad: BoundedLoad;
  /** Needed by the methods that use it. */
  readonly nodeCookie: NodeCookie | undefined;
  readonly staysOnDrain: boolean;
  /** Sessions that are to go from one node to another, at present. */
  readonly moves: () => readonly Move[];
}

export function findRouteBy(method: AffinityMethod, options: MethodOptions): FindRoute {
  const { cookieLimit, boundedLoad } = options;
  switch (method.by) {
    case 'route':
      return byRoute(options);
    case 'cookie':
      return byNodeCookie(undefined, options);
    case 'appCookie': {
      const source = cookieSource(method.name, cookieLimit);
      return method.mode === 'learn'
        ? byNodeCookie(source, options)
        : byValue(source, method.mode, method, options);
    }
    case 'header':
      return byValue(headerSource(method.name), method.mode, method, options);
    case 'param':
      return byValue(parameterSource(method.name), method.mode, method, options);
    case 'clientIp':
      return ({ connection }) => keyed(addressKey(connection.address), boundedLoad);
    case 'tlsSession':
      return ({ connection }) => keyed(connection.tlsSessionId || undefined, boundedLoad);
  }
}

function keyed(key: string | undefined, boundedLoad: BoundedLoad): Route | undefined {
  return key === undefined ? undefined : { kind: 'keyed', key, boundedLoad };
}

/** Understudy's sessions: the holders in the route cookie, else where the cluster places the id. */
function byRoute({ isKnown, cookieLimit, moves }: MethodOptions): FindRoute {
  return ({ request }) => {
    const { cookie } = request.headers;
    const route = findRouteCookie(cookie, isKnown, cookieLimit);
    if (route !== undefined) {
      // The key is needed only when no holder can take the request.
      const placementKey = (): string => {
        const sessionId = findSessionId(cookie, cookieLimit);
        return sessionId === undefined ? route.value : placementKeyOf(sessionId);
      };
      return movedRoute({ kind: 'session', holders: route.holders, placementKey }, moves());
    }
    const sessionId = findSessionId(cookie, cookieLimit);
    if (sessionId === undefined) return undefined;
    return { kind: 'session', holders: [], placementKey: () => placementKeyOf(sessionId) };
  };
}

type SessionRoute = Extract<Route, { kind: 'session' }>;

/** Its owner gives sessions away, and this is one of them. */
function movedRoute(route: SessionRoute, moves: readonly Move[]): SessionRoute {
  // As good as always.
  if (moves.length === 0) return route;
  const { holders, placementKey } = route;
  const move = moves.find(({ from }) => from === holders[0]);
  const target = move && movedTo(move, placementKey(), holders);
  if (target === undefined) return route;
  const others = holders.filter((label) => label !== target);
  return { ...route, holders: [target, ...others], isMoved: true };
}

function byValue(
  source: ValueSource,
  mode: 'suffix' | 'hash',
  place: LabelPlace,
  { isKnown, boundedLoad, staysOnDrain }: MethodOptions,
): FindRoute {
  if (mode === 'hash') return (facts) => keyed(source(facts)[0], boundedLoad);
  return (facts) => {
    const values = source(facts);
    const [first] = values;
    if (first === undefined) return undefined;
    // Browsers send duplicates, and only one of them may name a node that is there.
    const value = values.find((one) => isKnown(labelIn(one, place))) ?? first;
    return { kind: 'pinned', label: labelIn(value, place), key: value, staysOnDrain };
  };
}

/** Empty when no label stands there. */
function labelIn(value: string, { separator, field }: LabelPlace): string {
  const plain = /^".*"$/.test(value) ? value.slice(1, -1) : value;
  const label = plain.split(separator).at(field > 0 ? field - 1 : field) ?? '';
  return LABEL_PATTERN.test(label) ? label : '';
}

/**
 * By a cookie of the balancer. Bound to one of the application it counts only beside the very value
 * it was set for, so that it does not outlive a session. One that names a node which is gone still
 * keeps the requests of its client together.
 */
function byNodeCookie(application: ValueSource | undefined, options: MethodOptions): FindRoute {
  const { nodeCookie, isKnown, staysOnDrain, cookieLimit } = options;
  if (nodeCookie === undefined) return () => undefined;
  const own = cookieSource(nodeCookie.options.name, cookieLimit);
  return (facts) => {
    const values = own(facts);
    if (values.length === 0) return undefined;
    const bound = application?.(facts);
    if (bound?.length === 0) return undefined;
    // Each pair costs a MAC, and a client may send many of both.
    let pairs = cookieLimit;
    for (const value of values) {
      for (const one of bound ?? [undefined]) {
        if (pairs-- === 0) return undefined;
        const read = nodeCookie.read(value, isKnown, one);
        if (read !== undefined) {
          return { kind: 'pinned', label: read.label, key: one ?? value, staysOnDrain };
        }
      }
    }
    const astray = values.find((value) => isAstray(value, isKnown));
    if (astray === undefined) return undefined;
    return { kind: 'pinned', label: '', key: bound?.[0] ?? astray, staysOnDrain };
  };
}

/** It names a node that is gone. Nobody is sent to one by it, so that it need not be proved. */
function isAstray(value: string, isKnown: (label: string) => boolean): boolean {
  const label = labelOf(value);
  return label !== undefined && !isKnown(label);
}
