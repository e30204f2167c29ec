import { type PlacementMember, rank } from '@understudy/replication/placement';
import type { Availability } from '../health/health-state.js';
import { type BoundedLoad, boundedOrder } from './bounded-load.js';
import { compareLoad } from './load.js';

/** A node as routing sees it. */
export interface RoutableNode extends PlacementMember {
  readonly label: string;
  /** For placement, on which every node and balancer must agree. */
  readonly weight: number;
  /** Share of what is assigned by load; may differ from placement's, and change. 0 = none. */
  readonly loadWeight: number;
  readonly availability: Availability;
  /** Requests this balancer has open at the node. */
  readonly inFlight: number;
  /** Tunnels this balancer has open to the node. */
  readonly tunnels: number;
  readonly sessionsOwned: number;
}

/** Picks of the nodes that are open those to begin with; none when there are none. */
export type Choose = <N extends RoutableNode>(nodes: readonly N[]) => readonly N[];

/** What decides where a request goes. */
export type Route =
  /** The request has a session: its holders, then the cluster's own ranking for its key. */
  | {
      readonly kind: 'session';
      readonly holders: readonly string[];
      readonly placementKey: () => string;
      /** The first of the holders is where the session shall be, and its owner comes behind. */
      readonly isMoved?: boolean;
    }
  /** A node was named that nobody stands in for; without it, the ranking for a key. */
  | {
      readonly kind: 'pinned';
      readonly label: string;
      readonly key: string;
      /** The node keeps its clients while it drains: it cannot hand over what it has of them. */
      readonly staysOnDrain: boolean;
    }
  /** Nothing names a node, but the request has a key: the ranking for it, with bounded load. */
  | { readonly kind: 'keyed'; readonly key: string; readonly boundedLoad: BoundedLoad }
  /** Nothing is known: some that are chosen, then the others by load. */
  | { readonly kind: 'chosen'; readonly choose: Choose };

const CLASSES: readonly Availability[] = ['up', 'draining', 'suspect'];

/**
 * The nodes to try, best first, each at most once, `dead` ones never. Lazy, because nearly every
 * request needs only the first. Within each route nodes that are up precede draining ones, and
 * these precede suspects, so a request reaches a worse node only when there is no better one.
 */
export function candidates<N extends RoutableNode>(
  route: Route,
  nodes: readonly N[],
): Generator<N, void, undefined> {
  switch (route.kind) {
    case 'session':
      return sessionCandidates(route.holders, route.placementKey, nodes);
    case 'pinned':
      return pinnedCandidates(route, nodes);
    case 'keyed':
      return byClass(boundedOrder(route.key, nodes, route.boundedLoad));
    case 'chosen':
      return chosenCandidates(route.choose, nodes);
  }
}

/**
 * The first of the candidates, where that takes no ranking: a holder of the session that is up, as
 * for nearly every request. Undefined says nothing of the candidates.
 */
export function firstCandidate<N extends RoutableNode>(
  route: Route,
  nodes: readonly N[],
): N | undefined {
  if (route.kind !== 'session') return undefined;
  for (const holder of route.holders) {
    for (const node of nodes) {
      if (node.label === holder && node.availability === 'up') return node;
    }
  }
  return undefined;
}

function* sessionCandidates<N extends RoutableNode>(
  holders: readonly string[],
  placementKey: () => string,
  nodes: readonly N[],
): Generator<N, void, undefined> {
  const named = holders
    .map((label) => nodes.find((node) => node.label === label))
    .filter((node) => node !== undefined);
  const order = new Set(named);
  for (const node of order) if (node.availability === 'up') yield node;
  for (const node of rank(placementKey(), nodes)) order.add(node);
  const fallback = byClass([...order]);
  for (const node of fallback) {
    if (node.availability !== 'up' || !named.includes(node)) yield node;
  }
}

function* pinnedCandidates<N extends RoutableNode>(
  { label, key, staysOnDrain }: Extract<Route, { kind: 'pinned' }>,
  nodes: readonly N[],
): Generator<N, void, undefined> {
  const named = nodes.find((node) => node.label === label);
  const first =
    named?.availability === 'up' || (staysOnDrain && named?.availability === 'draining')
      ? named
      : undefined;
  if (first !== undefined) yield first;
  for (const node of byClass(rank(key, nodes))) if (node !== first) yield node;
}

function* chosenCandidates<N extends RoutableNode>(
  choose: Choose,
  nodes: readonly N[],
): Generator<N, void, undefined> {
  const chosen = choose(nodes);
  yield* chosen;
  for (const node of byClass([...nodes].sort(compareLoad))) {
    if (!chosen.includes(node)) yield node;
  }
}

function* byClass<N extends RoutableNode>(order: readonly N[]): Generator<N, void, undefined> {
  for (const wanted of CLASSES) {
    for (const node of order) if (node.availability === wanted) yield node;
  }
}
