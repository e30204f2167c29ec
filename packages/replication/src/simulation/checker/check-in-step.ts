import type { Evidence, Mismatch, Violation } from './evidence.js';

/** Nothing is under way any more for so long before things are at rest. */
export const STILL_MS = 10_000;

/** I14: when all is quiet, nodes know the same ends, and what they compare is the same. */
export function checkInStep(evidence: Evidence): Violation[] {
  return [...checkEnds(evidence), ...checkSums(evidence)];
}

function checkEnds({ atRest: { atMs, nodes, buriedAt } }: Evidence): Violation[] {
  const violations: Violation[] = [];
  for (const [key, at] of buriedAt) {
    const unaware = nodes.filter(({ id }) => !at.includes(id)).map(({ id }) => id);
    if (unaware.length === 0) continue;
    const text = `buried at ${at.join(', ')}; ${unaware.join(', ')} did not hear of it`;
    violations.push({ rule: 'rest-end-unknown', atMs, key, text });
  }
  return violations;
}

/** Nodes that go on comparing what cannot become the same do so for ever. */
function checkSums({ atRest, mismatches }: Evidence): Violation[] {
  const late = repeatedMismatch(mismatches, atRest.atMs);
  if (!late) return [];
  const text = `${late.node} still finds ${late.part} different from ${late.peer}`;
  return [{ rule: 'rest-out-of-step', atMs: late.atMs, text }];
}

/** A difference that is found again: one may be the last that is mended, the same twice is not. */
export function repeatedMismatch(
  mismatches: readonly Mismatch[],
  nowMs: number,
): Mismatch | undefined {
  const still = mismatches.filter(({ atMs }) => atMs > nowMs - STILL_MS && atMs <= nowMs);
  return still.find(({ node, peer, part }, index) =>
    still.slice(0, index).some((o) => o.node === node && o.peer === peer && o.part === part),
  );
}
