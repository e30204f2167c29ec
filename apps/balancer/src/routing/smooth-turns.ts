import type { RoutableNode } from './candidates.js';

/**
 * Turns by weight, spread evenly: with weights 2 and 1 it is a b a, not a a b. What a node is owed
 * goes with it, so nodes may come, go and change their weight between two turns.
 *
 * Source: the smooth weighted round robin of nginx (`ngx_http_upstream_round_robin.c`, 2012).
 */
export class SmoothTurns {
  readonly #owed = new WeakMap<RoutableNode, number>();

  /** Whose turn it is, of nodes that have a weight; undefined when there are none. */
  take<N extends RoutableNode>(nodes: readonly N[]): N | undefined {
    let total = 0;
    let chosen: N | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const node of nodes) {
      total += node.loadWeight;
      const owed = (this.#owed.get(node) ?? 0) + node.loadWeight;
      this.#owed.set(node, owed);
      if (owed <= most) continue;
      most = owed;
      chosen = node;
    }
    if (chosen !== undefined) this.#owed.set(chosen, most - total);
    return chosen;
  }
}
