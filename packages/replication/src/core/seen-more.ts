import type { CallOutcome } from './calls.js';
import { compareVersions, type Version } from './version.js';

/** Whether a client was answered from a version that this one is not. */
export function hasSeenMore(seen: Version, holds: Version): boolean {
  return compareVersions(seen, holds) > 0;
}

/** The answer, with the version that was all that was left. */
export function withLoss<Outcome extends CallOutcome>(result: Outcome, found: Version): Outcome {
  return result.kind === 'record' ? { ...result, lost: found } : result;
}
