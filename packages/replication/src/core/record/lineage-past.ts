import { LIMITS } from '../limits.js';
import type { ChangeLog, LoggedChange } from '../sides/change-log.js';
import type { ForgottenKey } from '../sides/forgotten-keys.js';
import type { AppliedCommit } from './applied-commits.js';
import type { JournalRecord } from './journal.js';
import type { Lineage } from './record.js';

/** A change of a record by who numbered it: unique for ever, whatever became of the record since. */
export interface Stamp extends Lineage {
  readonly seq: number;
}

/** Where the contents of a record come from. */
export interface LineagePast {
  /** Former lineages, and up to which of their changes they are in it. Lowest epoch first. */
  readonly contains: readonly Stamp[];
  /** Kept while another side may go on apart from this one. */
  readonly log?: ChangeLog | undefined;
}

/** What a commit that merges an orphan lineage adds beside its operations. */
export interface MergedLineage {
  readonly contains: readonly Stamp[];
  readonly changes: readonly LoggedChange[];
  readonly forgotten: readonly ForgottenKey[];
  readonly applied: readonly AppliedCommit[];
  readonly journal: readonly JournalRecord[];
}

/** Whether a record at `own` has the change `stamp` in it. */
export function hasChange(own: Stamp, past: LineagePast | undefined, stamp: Stamp): boolean {
  if (covers(own, stamp)) return true;
  // Long partitions with a tier go through more lineages than are remembered; the log outlasts them,
  // and what it goes back to is in the record (sides, seed 18).
  if (past?.log && covers(past.log.floor, stamp)) return true;
  return past?.contains.some((former) => covers(former, stamp)) ?? false;
}

/**
 * Whether nothing of a copy at `stamp` can be missing from a record at `own`. A lineage from before
 * all that is remembered counts as had: the alternative is that every stale copy is merged anew.
 */
export function hasLineage(own: Stamp, past: LineagePast | undefined, stamp: Stamp): boolean {
  if (hasChange(own, past, stamp)) return true;
  const contains = past?.contains ?? [];
  const isFull = contains.length >= LIMITS.formerLineagesAtRest;
  return isFull && stamp.epoch < (contains[0]?.epoch ?? 0);
}

/** Adds former lineages; the lowest epochs are forgotten beyond the bound. */
export function withStamps(
  contains: readonly Stamp[],
  added: readonly Stamp[],
  most: number = LIMITS.formerLineages,
): readonly Stamp[] {
  const result = [...contains];
  for (const { epoch, owner, seq } of added) {
    const at = result.findIndex((other) => other.epoch === epoch && other.owner === owner);
    if (at === -1) result.push({ epoch, owner, seq });
    else if ((result[at] as Stamp).seq < seq) result[at] = { epoch, owner, seq };
  }
  result.sort((left, right) => left.epoch - right.epoch);
  return result.slice(-most);
}

function covers(holds: Stamp, stamp: Stamp): boolean {
  return holds.epoch === stamp.epoch && holds.owner === stamp.owner && holds.seq >= stamp.seq;
}
