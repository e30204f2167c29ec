import type { Evidence, Violation } from './evidence.js';

/** Nothing is under way any more for so long before things are at rest. */
const STILL_MS = 10_000;

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
  const still = mismatches.filter(
    ({ atMs }) => atMs > atRest.atMs - STILL_MS && atMs <= atRest.atMs,
  );
  // One difference may be the last one that is mended; the same again is not.
  const late = still.find(({ node, peer, part }, index) =>
    still.slice(0, index).some((o) => o.node === node && o.peer === peer && o.part === part),
  );
  if (!late) return [];
  const text = `${late.node} still finds ${late.part} different from ${late.peer}`;
  return [{ rule: 'rest-out-of-step', atMs: late.atMs, text }];
}
