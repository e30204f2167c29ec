import { SIMULATION_LIMITS } from '../limits.js';
import { checkCalls } from './check-calls.js';
import { checkDurability } from './check-durability.js';
import { checkExpiry } from './check-expiry.js';
import { checkAliases, checkFinality } from './check-finality.js';
import { checkInStep } from './check-in-step.js';
import { checkLocks } from './check-locks.js';
import { checkOnce } from './check-once.js';
import { checkPowerCut } from './check-power-cut.js';
import { checkPrincipals } from './check-principals.js';
import { checkReads } from './check-reads.js';
import { checkRest } from './check-rest.js';
import { checkSides } from './check-sides.js';
import type { Evidence, Violation } from './evidence.js';
import { tellStories } from './session-story.js';

/** Everything that the evidence shows to be wrong, earliest first. Knows nothing of the engine. */
export function check(evidence: Evidence): Violation[] {
  const violations = [
    ...evidence.seenInside,
    ...checkCalls(evidence),
    ...checkRest(evidence),
    ...checkPowerCut(evidence),
    ...checkPrincipals(evidence),
    ...checkLocks(evidence),
    ...checkInStep(evidence),
    ...checkSides(evidence),
  ];
  for (const story of tellStories(evidence)) {
    violations.push(
      ...checkDurability(story),
      ...checkFinality(story),
      ...checkAliases(story),
      ...checkReads(story),
      ...checkOnce(story),
      ...checkExpiry(story),
    );
  }
  violations.sort((left, right) => left.atMs - right.atMs);
  return violations.slice(0, SIMULATION_LIMITS.violations);
}
