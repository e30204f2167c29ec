import { rank, ranksFirst } from '@understudy/replication/placement';
import type { WeighedNode } from '../metrics/balance.js';

/** Whether sessions of nodes that have too much to do are moved, and how fast. */
export interface Rehoming {
  /** At most so many sessions leave a node in a second; 0: none ever. Default 0. */
  readonly sessionsPerSecond: number;
  /** A node with more than so many times its share of the requests gives sessions away. Default 1.25. */
  readonly threshold: number;
}

export const DEFAULT_REHOMING: Rehoming = { sessionsPerSecond: 0, threshold: 1.25 };

/**
 * Sessions that go from one node to others: no list, but a share of them, which whoever knows the move
 * finds out of the session's key.
 */
export interface Move {
  readonly from: string;
  /** Another one each time that a node begins: what was moved then is not there any more. */
  readonly number: number;
  readonly share: number;
  /** By weight. */
  readonly to: readonly { readonly label: string; readonly weight: number }[];
  /** Since then the share does not grow; those under way may arrive. Undefined: it grows. */
  readonly restsSinceMs: number | undefined;
}

export const NO_MOVES: readonly Move[] = [];

/**
 * Where a session of the node that gives away goes; undefined: it stays. Rather to a node that holds a
 * copy, which takes it over without having to be sent it.
 */
export function movedTo(
  { from, number, share, to }: Move,
  key: string,
  holders: readonly string[],
): string | undefined {
  const sides = [
    { id: 'goes', weight: share },
    { id: 'stays', weight: 1 - share },
  ];
  // Of a growing share those that went before are a part.
  if (!ranksFirst(`${from} ${number} ${key}`, 'goes', sides)) return undefined;
  const targets = to.map(({ label, weight }) => ({ id: label, weight }));
  const holding = targets.filter(({ id }) => holders.includes(id));
  return rank(key, holding.length > 0 ? holding : targets)[0]?.id;
}

/** With fewer for a node nothing can be told of how they are spread. */
const LEAST_REQUESTS = 20;
/** What is above its share has left a node in about this time, if that many sessions may. */
const SETTLE_SECONDS = 10;
/** Whoever has not come by then is not waited for: a session moves with its eighth request in a row. */
const REST_MS = 600_000;

/** What is being moved. */
export interface MovePlan {
  readonly moves: readonly Move[];
  /** Moves that were ever begun. */
  readonly begun: number;
  readonly atMs: number;
}

export const NO_PLAN: MovePlan = { moves: NO_MOVES, begun: 0, atMs: Number.POSITIVE_INFINITY };

/**
 * The plan for now, by the requests that each node had lately. A node begins to give away above the
 * threshold and goes on until half of that is left, each time a larger share: a part of what it has too
 * much, so that it is seen in the counts before too many have gone. Then the share stays, or the sessions
 * that are on their way would turn back.
 */
export function nextPlan(
  plan: MovePlan,
  nodes: readonly WeighedNode[],
  settings: Rehoming,
  atMs: number,
): MovePlan {
  const { sessionsPerSecond } = settings;
  let { begun } = plan;
  if (sessionsPerSecond === 0) return { moves: NO_MOVES, begun, atMs };
  const uses = usesOf(nodes);
  const to = uses
    .filter(({ use }) => use < 1)
    .map(({ node: { label, weight }, use }) => ({ label, weight: weight * (1 - use) }));
  const seconds = Math.max(0, atMs - plan.atMs) / 1_000;
  const moves: Move[] = [];
  for (const { node, use } of uses) {
    const before = plan.moves.find(({ from }) => from === node.label);
    if (isGrowing(use, before, settings) && to.length > 0) {
      const allowed = sessionsPerSecond / Math.max(1, node.sessionsOwned);
      const wanted = (use - 1) / use / SETTLE_SECONDS;
      const share = Math.min(1, (before?.share ?? 0) + Math.min(allowed, wanted) * seconds);
      const number = before?.number ?? ++begun;
      moves.push({ from: node.label, number, share, to, restsSinceMs: undefined });
    } else if (before && atMs - (before.restsSinceMs ?? atMs) < REST_MS) {
      moves.push({ ...before, restsSinceMs: before.restsSinceMs ?? atMs });
    }
  }
  return { moves, begun, atMs };
}

/** How many times its share of the requests each node has; none where little is known. */
function usesOf(nodes: readonly WeighedNode[]) {
  const shared = nodes.filter(({ availability, weight }) => availability === 'up' && weight > 0);
  const requests = sumOf(shared, (node) => node.requests);
  const mean = requests / sumOf(shared, ({ weight }) => weight);
  const isKnown = requests >= LEAST_REQUESTS * shared.length;
  return shared.map((node) => ({ node, use: isKnown ? node.requests / node.weight / mean : 1 }));
}

function isGrowing(use: number, before: Move | undefined, { threshold }: Rehoming): boolean {
  const isUnderWay = before !== undefined && before.restsSinceMs === undefined;
  return use > (isUnderWay ? 1 + (threshold - 1) / 2 : threshold);
}

function sumOf(nodes: readonly WeighedNode[], countOf: (node: WeighedNode) => number): number {
  return nodes.reduce((sum, node) => sum + countOf(node), 0);
}
