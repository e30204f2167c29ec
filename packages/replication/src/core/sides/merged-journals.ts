import { rebaseOperations } from '../owner/merge.js';
import { findInJournal, type JournalRecord } from '../record/journal.js';
import { applyOperations, valueAt } from '../values/apply.js';
import { diff } from '../values/diff.js';
import { compareChanges, type LineageSides, type SideChange } from './lineage-sides.js';
import type { MergeDraft } from './merge-draft.js';

/** The outcomes of idempotency keys that both sides have, settled before their changes are merged. */
export class MergedJournals {
  readonly #undone = new Set<SideChange>();
  readonly #dropped = new Set<SideChange>();

  constructor(
    private readonly sides: LineageSides,
    private readonly draft: MergeDraft,
  ) {}

  /** Changes of the winner that are not in the draft any more. */
  get undone(): ReadonlySet<SideChange> {
    return this.#undone;
  }

  /** Changes of the orphan that are not made. */
  get dropped(): ReadonlySet<SideChange> {
    return this.#dropped;
  }

  /** Of two outcomes of one key the first stands; the change of the other is undone or not made. */
  settle(): void {
    for (const change of this.sides.orphans) {
      const { journal } = change.body;
      if (!journal || !findInJournal(this.sides.winner.content.journal, journal.key)) continue;
      if (this.sides.isVoid(change) || this.sides.isOnBothSides(change)) continue;
      const other = this.sides.winners.find(
        (each) => each.body.journal?.key === journal.key && !this.sides.isVoid(each),
      );
      if (other && compareChanges(change, other) < 0 && this.#undo(other)) {
        this.draft.reportChange(other, change.at);
      } else {
        this.#dropped.add(change);
        this.draft.reportChange(change, other?.at ?? this.sides.winner.content.changedAt ?? 0);
      }
    }
  }

  isFirstOutcome({ key }: JournalRecord): boolean {
    if (!findInJournal(this.sides.winner.content.journal, key)) return true;
    return [...this.#undone].some(({ body }) => body.journal?.key === key);
  }

  /** Makes the winner's keys anew without a change; false when its log does not reach back. */
  #undo(change: SideChange): boolean {
    const { winner, orphan } = this.sides;
    if (!this.sides.isComplete(winner, orphan)) return false;
    const paths = change.body.operations.map(({ path }) => path);
    const keys = new Set(paths.map((path) => String(path[1])));
    if (
      paths.some(([area]) => area !== 'data') ||
      [...keys].some((k) => this.sides.wholeKeys.has(k))
    ) {
      return false;
    }
    this.#undone.add(change);
    const log = winner.content.past?.log;
    const base = log?.base ?? this.draft.document;
    let [was, is] = [base, base];
    for (const each of this.sides.historyOf(winner)) {
      const { operations } = each.body;
      if (!this.#undone.has(each)) is = applyOperations(is, rebaseOperations(was, is, operations));
      was = applyOperations(was, operations);
    }
    for (const key of keys) {
      const path = ['data', key];
      for (const operation of diff(valueAt(this.draft.document, path), valueAt(is, path), path)) {
        this.draft.apply(operation);
      }
    }
    return true;
  }
}
