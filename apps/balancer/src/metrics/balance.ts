import type { AdminSource, ObservedNode } from '../admin/admin-source.js';
import type { MetricsInput } from '../admin/prometheus.js';
import type { Availability } from '../health/health-state.js';
import { gauge } from './families.js';

/** A node as far as its part of the whole matters. */
export interface WeighedNode {
  readonly label: string;
  readonly availability: Availability;
  readonly weight: number;
  readonly sessionsOwned: number;
  /** Sent to it, since the start. */
  readonly requests: number;
}

/**
 * How many times its share the fullest node has: the largest count over the mean, each by the
 * weight of its node. 1: all have theirs; undefined: there is nothing to share, or nobody to.
 */
export interface Imbalance {
  readonly sessions: number | undefined;
  readonly requests: number | undefined;
}

/** Of the nodes that take new sessions; the others are meant to have less. */
export function imbalanceOf(
  nodes: readonly WeighedNode[],
  countOf: (node: WeighedNode) => number,
): number | undefined {
  let weights = 0;
  let total = 0;
  let fullest = 0;
  for (const node of nodes) {
    if (node.availability !== 'up' || node.weight <= 0) continue;
    const count = countOf(node);
    weights += node.weight;
    total += count;
    fullest = Math.max(fullest, count / node.weight);
  }
  return total === 0 ? undefined : (fullest * weights) / total;
}

const WINDOW_MS = 60_000;
const STEP_MS = 5_000;

interface Sample {
  readonly atMs: number;
  /** By label, since a node that goes and comes back is another object. */
  readonly requests: ReadonlyMap<string, number>;
}

/**
 * Watches how evenly the nodes are used. Requests are those of the last minute, or since the last
 * look when that is longer ago: what was uneven once is not of interest for ever. Only who looks
 * pays for it.
 */
export class Balance {
  readonly #samples: Sample[] = [];

  constructor(
    readonly nodes: () => readonly WeighedNode[],
    readonly now: () => number,
  ) {
    this.#take(now());
  }

  read(): Imbalance {
    const nowMs = this.now();
    const samples = this.#samples;
    while (samples[1] !== undefined && samples[1].atMs <= nowMs - WINDOW_MS) samples.shift();
    const before = samples[0]?.requests;
    const nodes = this.nodes();
    const imbalance = {
      sessions: imbalanceOf(nodes, (node) => node.sessionsOwned),
      requests: imbalanceOf(nodes, (node) => since(node, before?.get(node.label))),
    };
    const last = samples.at(-1);
    if (last === undefined || last.atMs <= nowMs - STEP_MS) this.#take(nowMs);
    return imbalance;
  }

  #take(atMs: number): void {
    const requests = new Map(this.nodes().map(({ label, requests }) => [label, requests]));
    this.#samples.push({ atMs, requests });
  }
}

/** A node that counts from the beginning again has been away. */
export function since({ requests }: WeighedNode, before = 0): number {
  return requests < before ? requests : requests - before;
}

/** How evenly the nodes of a balancer are used, whether it is one process or several. */
export function balanceOf(source: Pick<AdminSource, 'nodes'>, now: () => number): Balance {
  return new Balance(() => weighedNodes(source), now);
}

export function weighedNodes(source: Pick<AdminSource, 'nodes'>): readonly WeighedNode[] {
  return source.nodes().map(weighed);
}

function weighed({ facts, availability, stats }: ObservedNode): WeighedNode {
  const { label, weight, sessionsOwned } = facts;
  return { label, availability, weight, sessionsOwned, requests: stats.requests };
}

/** How evenly the nodes are used. */
export function balanceFamilies({ imbalance }: MetricsInput): string[] {
  return [
    gauge('imbalance', 'Largest share of a node over the mean, by weight; NaN: nothing to share', [
      [{ of: 'sessions' }, imbalance.sessions ?? Number.NaN],
      [{ of: 'requests' }, imbalance.requests ?? Number.NaN],
    ]),
  ];
}
