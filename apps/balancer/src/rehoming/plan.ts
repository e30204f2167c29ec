import type { WeighedNode } from '../metrics/balance.js';
import { type Move, NO_MOVES } from './move.js';

/** Whether sessions of nodes that have too much to do are moved, and how fast. */
export interface Rehoming {
  /** At most so many sessions leave a node in a second; 0: none ever. Default 0. */
  readonly sessionsPerSecond: number;
  /** A node with more than so many times its share of the requests gives sessions away. Default 1.25. */
  readonly threshold: number;
}

export const DEFAULT_REHOMING: Rehoming = { sessionsPerSecond: 0, threshold: 1.25 };

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
