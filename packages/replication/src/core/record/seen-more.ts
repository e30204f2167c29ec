import type { CallOutcome } from '../calls/calls.js';
import type { OwnedRecord } from './record.js';
import { compareVersions, type Version } from './version.js';

/** Whether a client was answered from a version that this one is not. */
export function hasSeenMore(seen: Version, holds: Version): boolean {
  return compareVersions(seen, holds) > 0;
}

/**
 * What is left for a client that was answered from a former lineage of the record, or from one that
 * is not in it; undefined when nothing is missing. A higher epoch proves nothing: a record that was
 * taken over from an older copy has one, and every client is to learn of that, not the first alone
 * (invariant I6). Lineages are remembered from a certain epoch on; what was
 * seen before that counts as had.
 */
export function leftOf(seen: Version, { epoch, content }: OwnedRecord): Version | undefined {
  if (seen.epoch >= epoch) return undefined;
  let last: Version | undefined;
  for (const stamp of content.past?.contains ?? []) {
    if (stamp.epoch > seen.epoch) break;
    if (!last || compareVersions(stamp, last) > 0) last = stamp;
  }
  if (!last || !hasSeenMore(seen, last)) return undefined;
  return { epoch: last.epoch, seq: last.seq };
}

/** The answer, with the version that was all that was left. */
export function withLoss<Outcome extends CallOutcome>(result: Outcome, found: Version): Outcome {
  return result.kind === 'record' ? { ...result, lost: found } : result;
}
