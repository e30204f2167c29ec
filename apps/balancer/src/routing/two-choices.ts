import type { RoutableNode } from './candidates.js';
import { compareLoad, isOpen, thenByLoad } from './load.js';

/**
 * Two random choices first, the better of them before the other, and when they are equal the one
 * drawn first, or idle clusters would load some nodes only; then the rest by load. Draws go by
 * weight: where all are idle there is no load to compare, and a node that has just joined owns so
 * little that it would win every comparison.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996.
 */
export function twoChoices<N extends RoutableNode>(nodes: readonly N[], random: () => number): N[] {
  const open = nodes.filter(isOpen);
  const first = draw(open, undefined, random);
  const second = draw(open, first, random);
  if (first === undefined || second === undefined) return thenByLoad([first], nodes);
  const chosen = compareLoad(first, second) <= 0 ? [first, second] : [second, first];
  return thenByLoad(chosen, nodes);
}

/** One of them, each as likely as its weight; for any value a random source may return. */
function draw<N extends RoutableNode>(
  nodes: readonly N[],
  except: N | undefined,
  random: () => number,
): N | undefined {
  let total = 0;
  for (const node of nodes) if (node !== except) total += node.loadWeight;
  let left = random() * total;
  let last: N | undefined;
  for (const node of nodes) {
    if (node === except) continue;
    last = node;
    left -= node.loadWeight;
    if (left < 0) break;
  }
  return last;
}
