import type { BalancerNode } from '../directory/node-directory.js';
import type { Findings, Fleet, FleetNode } from '../fleet.js';
import type { Move } from '../rehoming/move.js';

/**
 * What the primary knows of the nodes. Workers with views of the same number send a session to the
 * same nodes in the same order, apart from what their own requests have met since.
 */
export interface FleetView {
  /** Grows with every change. */
  readonly number: number;
  readonly nodes: readonly ViewedNode[];
  readonly moves: readonly Move[];
}

export interface ViewedNode extends Findings {
  readonly facts: BalancerNode;
}

export function viewOf(fleet: Fleet, number: number): FleetView {
  return { number, nodes: fleet.nodes().map(viewedNode), moves: fleet.moves };
}

function viewedNode({ facts, health, circuit, joinedAtMs }: FleetNode): ViewedNode {
  return { facts, health, circuit, joinedAtMs };
}

/**
 * Takes over a view whose nodes the directory of the fleet has already.
 *
 * @param isFirst Nothing was known before.
 */
export function learnView(fleet: Fleet, view: FleetView, isFirst: boolean): void {
  fleet.moves = view.moves;
  const nodes = new Map(fleet.nodes().map((node) => [node.id, node]));
  for (const { facts, ...findings } of view.nodes) {
    const node = nodes.get(facts.id);
    if (node !== undefined) fleet.learn(node, findings, isFirst);
  }
}

/** Whether a worker would do anything else by the one than by the other. */
export function isSameView(one: FleetView, other: FleetView): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ nodes, moves }: FleetView): string {
  return JSON.stringify([nodes, moves]);
}
