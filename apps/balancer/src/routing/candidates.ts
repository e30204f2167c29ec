import { type PlacementMember, rank } from '@understudy/replication/placement';
import type { Availability } from '../health/health-state.js';

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
  readonly sessionsOwned: number;
}

/** What decides where a request goes. */
export type Route =
  /** The request has a session: its holders, then the cluster's own ranking for its key. */
  | {
      readonly kind: 'session';
      readonly holders: readonly string[];
      readonly placementKey: () => string;
    }
  /** The request has none: the less loaded of two random nodes. */
  | { readonly kind: 'new'; readonly random: () => number }
  /** No affinity at all. `turn` counts requests. */
  | { readonly kind: 'turn'; readonly turn: number };

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
    case 'new':
      return byClass(newSessionOrder(nodes, route.random));
    case 'turn':
      return byClass(turnOrder(nodes, route.turn));
  }
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

function* byClass<N extends RoutableNode>(order: readonly N[]): Generator<N, void, undefined> {
  for (const wanted of CLASSES) {
    for (const node of order) if (node.availability === wanted) yield node;
  }
}

/**
 * Two random choices first, the better of them before the other, and when they are equal the one
 * drawn first, or idle clusters would load some nodes only; then the rest by load.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996.
 */
function newSessionOrder<N extends RoutableNode>(nodes: readonly N[], random: () => number): N[] {
  const byLoad = [...nodes].sort(compareLoad);
  const open = nodes.filter((node) => node.availability === 'up' && node.loadWeight > 0);
  const drawn = pick(open.length, random);
  const first = open[drawn];
  const second = open[(drawn + 1 + pick(open.length - 1, random)) % open.length];
  if (first === undefined || second === undefined) return byLoad;
  const chosen = compareLoad(first, second) <= 0 ? [first, second] : [second, first];
  return [...new Set([...chosen, ...byLoad])];
}

function turnOrder<N extends RoutableNode>(nodes: readonly N[], turn: number): N[] {
  const open = nodes.filter((node) => node.availability === 'up' && node.loadWeight > 0);
  if (open.length === 0) return [...nodes];
  const start = turn % open.length;
  return [...new Set([...open.slice(start), ...open.slice(0, start), ...nodes])];
}

/** Less loaded first. Nodes of weight 0 come last: they take no sessions while another can. */
function compareLoad(left: RoutableNode, right: RoutableNode): number {
  if (left.loadWeight > 0 !== right.loadWeight > 0) return left.loadWeight > 0 ? -1 : 1;
  const leftWeight = left.loadWeight || 1;
  const rightWeight = right.loadWeight || 1;
  return (
    left.inFlight / leftWeight - right.inFlight / rightWeight ||
    left.sessionsOwned / leftWeight - right.sessionsOwned / rightWeight
  );
}

/** An index below `length`, for any value a random source may return; 0 when there is nothing. */
function pick(length: number, random: () => number): number {
  return Math.max(Math.min(Math.floor(random() * length), length - 1), 0);
}
