import type { RoutableNode } from './candidates.js';
import { compareLoad, openNodes } from './load.js';

/**
 * Two random choices, the better of them before the other, and when they are equal the one drawn
 * first, or idle clusters would load some nodes only. Draws go by weight: where all are idle there
 * is no load to compare, and a node that has just joined owns so little that it would win every
 * comparison.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996.
 */
export function twoChoices<N extends RoutableNode>(
  nodes: readonly N[],
  random: () => number,
): readonly N[] {
  const open = openNodes(nodes);
  // One or none: there is nothing to choose.
  if (open.length < 2) return open;
  const first = draw(open, undefined, random);
  const second = draw(open, first, random);
  return compareLoad(first, second) <= 0 ? [first, second] : [second, first];
}

/** One of them, each as likely as its weight; for any value a random source may return. */
function draw<N extends RoutableNode>(
  nodes: readonly N[],
  except: N | undefined,
  random: () => number,
): N {
  let total = 0;
  for (const node of nodes) if (node !== except) total += node.loadWeight;
  let left = random() * total;
  let drawn = nodes[0] as N;
  for (const node of nodes) {
    if (node === except) continue;
    drawn = node;
    left -= node.loadWeight;
    if (left < 0) break;
  }
  return drawn;
}
