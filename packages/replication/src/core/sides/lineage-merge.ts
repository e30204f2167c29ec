import type { AppliedCommit } from '../record/applied-commits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import type { MergedLineage } from '../record/lineage-past.js';
import type { DeltaBody } from '../record/record-codec.js';
import type { Operation } from '../values/operations.js';
import type { ForgottenKey } from './forgotten-keys.js';
import {
  isSameCommit,
  isThat,
  type LineageSide,
  LineageSides,
  type SideChange,
} from './lineage-sides.js';
import { mergeChanges } from './merge-changes.js';
import { MergeDraft, type SupersededValue } from './merge-draft.js';
import { mergeProtected } from './merge-protected.js';
import { mergeWholeKeys } from './merge-whole-keys.js';
import { MergedJournals } from './merged-journals.js';

/** What turns the winner's record into the merged one. */
export interface LineageMerge {
  readonly operations: readonly Operation[];
  readonly superseded: readonly SupersededValue[];
  readonly merged: MergedLineage;
}

/**
 * Merges what an orphan lineage has and the winner lacks, as if one owner had got the changes of
 * both in the order of their hybrid times: counters add up, additions to lists stay, the later one
 * of two values of a path wins, and what the earlier one was is reported. The protected area
 * (`system`) is never mixed: it is that of the side with the later answered change. A commit that is
 * on both sides counts once; of two outcomes of one idempotency key the first counts, and the change
 * that came with the other is not made.
 *
 * A key of the session whose changes are not known one by one on some side is taken whole from the
 * side that changed it later.
 */
export function mergeLineages(
  winner: LineageSide,
  orphan: LineageSide,
  read: (body: Uint8Array) => DeltaBody,
  trust: (at: HybridTime) => HybridTime = (at) => at,
): LineageMerge {
  const sides = new LineageSides(winner, orphan, read, trust);
  const draft = new MergeDraft(winner.content.document);
  const journals = new MergedJournals(sides, draft);
  journals.settle();
  mergeWholeKeys(sides, draft);
  mergeChanges(sides, draft, journals);
  mergeProtected(sides, draft);
  return {
    operations: draft.boundedOperations(),
    superseded: draft.superseded,
    merged: mergedLineage(sides, journals, draft),
  };
}

/**
 * What the merged record is to keep one by one. A commit of both sides is kept under the orphan's stamp
 * too, for a third side may know it by that alone, but only beside the winner's own change: what is not
 * made here, and is not there, would be made by whoever merges the log.
 */
function loggedChanges(sides: LineageSides, { dropped }: MergedJournals): readonly SideChange[] {
  const made = sides.orphans.filter(
    (change) => !dropped.has(change) && !sides.isVoid(change) && !sides.isOnBothSides(change),
  );
  return sides.orphans.filter(
    (change) =>
      made.includes(change) ||
      sides.isLogged(sides.winner, change.body.id) ||
      made.some(({ body }) => isThat(body.id, change.body.id)),
  );
}

function mergedLineage(
  sides: LineageSides,
  journals: MergedJournals,
  draft: MergeDraft,
): MergedLineage {
  const { winner, orphan } = sides;
  const { content, stamp } = orphan;
  const forgotten: ForgottenKey[] = [...sides.forgottenOf(orphan, winner)];
  if (!sides.isComplete(orphan, winner)) {
    for (const key of sides.wholeKeys) forgotten.push(['data', key, content.changedAt ?? 0]);
  }
  return {
    contains: [...(content.past?.contains ?? []), stamp],
    changes: loggedChanges(sides, journals).map(({ logged }) => logged),
    forgotten,
    applied: content.applied.filter(
      (id) =>
        !winner.content.applied.some((own) => isSameCommit(own, id)) &&
        !isLeftBehind(sides, draft, id),
    ),
    journal: content.journal.filter((entry) => journals.isFirstOutcome(entry)),
  };
}

/**
 * Whether a commit of the orphan is not in the result: not known one by one, and nothing of its side
 * was taken. Whoever still asks for it has not been answered, and it is made anew (the failure
 * prevented: it is acknowledged for being in a lineage that was merged; stumble, seed 7277).
 */
function isLeftBehind(
  { wholeKeys, orphans }: LineageSides,
  draft: MergeDraft,
  commit: AppliedCommit,
): boolean {
  if (wholeKeys.size === 0 || !draft.isUntouched) return false;
  return !orphans.some(({ body }) => body.id && isSameCommit(body.id, commit));
}
