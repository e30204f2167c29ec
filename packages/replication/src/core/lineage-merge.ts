import type { AppliedCommit, CommitId } from './applied-commits.js';
import { applyOperations, valueAt } from './apply.js';
import { EVERY_KEY, type ForgottenKey, isForgotten, type LoggedChange } from './change-log.js';
import { diff } from './diff.js';
import { equalValues } from './equal.js';
import type { HybridTime } from './hybrid-clock.js';
import { findInJournal, type JournalRecord } from './journal.js';
import { LIMITS } from './limits.js';
import { hasChange, type MergedLineage, type Stamp } from './lineage-past.js';
import { rebaseOperations } from './merge.js';
import type { Operation } from './operations.js';
import { covers, isAbsolute, isAtOrAround, overlaps } from './overlap.js';
import { compareLineages, type RecordContent } from './record.js';
import type { DeltaBody } from './record-codec.js';
import { shareStructure } from './share-structure.js';
import type { Path, SessionDocument } from './values.js';

/** One of two lineages of a record that went on apart. */
export interface LineageSide {
  readonly stamp: Stamp;
  readonly content: RecordContent;
  /** Its latest change that a client was answered for. */
  readonly answeredAt: HybridTime;
}

/** A value that one side had and that is not in the merged record. */
export interface SupersededValue {
  readonly path: Path;
  readonly at: HybridTime;
  /** What it lost against; absent when its session ended or nobody could take it. */
  readonly by?: HybridTime | undefined;
  /** The commit it came with; unknown when only the time of the whole key is. */
  readonly commit?: CommitId | undefined;
}

/** What turns the winner's record into the merged one. */
export interface LineageMerge {
  readonly operations: readonly Operation[];
  readonly superseded: readonly SupersededValue[];
  readonly merged: MergedLineage;
}

/** A change of one side that the other does not have. */
interface SideChange {
  readonly logged: LoggedChange;
  readonly at: HybridTime;
  readonly body: DeltaBody;
}

interface SideOperation {
  readonly operation: Operation;
  readonly change: SideChange;
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
  return new Merging(winner, orphan, read, trust).run();
}

class Merging {
  readonly #superseded: SupersededValue[] = [];
  readonly #operations: Operation[] = [];
  readonly #winners: readonly SideChange[];
  readonly #orphans: readonly SideChange[];
  /** Keys of `data` that are taken whole. */
  readonly #wholeKeys: ReadonlySet<string>;
  #document: SessionDocument;

  constructor(
    private readonly winner: LineageSide,
    private readonly orphan: LineageSide,
    private readonly read: (body: Uint8Array) => DeltaBody,
    private readonly trust: (at: HybridTime) => HybridTime,
  ) {
    this.#document = winner.content.document;
    this.#winners = this.#changesOf(winner, orphan);
    this.#orphans = this.#changesOf(orphan, winner);
    this.#wholeKeys = this.#findWholeKeys();
  }

  run(): LineageMerge {
    const dropped = this.#settleJournal();
    this.#mergeWholeKeys();
    this.#mergeChanges(dropped);
    this.#mergeProtected();
    return {
      operations: this.#boundedOperations(),
      superseded: this.#superseded,
      merged: this.#merged(),
    };
  }

  /** What one side has and the other lacks, in the order of its hybrid times. */
  #changesOf(side: LineageSide, other: LineageSide): SideChange[] {
    const log = side.content.past?.log;
    const changes = (log?.changes ?? [])
      .filter((logged) => !hasChange(other.stamp, other.content.past, logged))
      .map((logged): SideChange => {
        const body = this.read(logged.body);
        return { logged, body, at: this.trust(logged.at) };
      });
    return changes.sort(compareChanges);
  }

  /** Whether every change since the two went apart is in the log of this side. */
  #isComplete(side: LineageSide, other: LineageSide): boolean {
    const floor = side.content.past?.log?.floor;
    return floor !== undefined && hasChange(other.stamp, other.content.past, floor);
  }

  #findWholeKeys(): Set<string> {
    const { winner, orphan } = this;
    const keys = new Set<string>();
    const [ours, theirs] = [winner.content.document.data, orphan.content.document.data];
    const isWhole = (side: LineageSide, other: LineageSide, key: string) =>
      !this.#isComplete(side, other) ||
      isForgotten(side.content.past?.log?.forgotten ?? [], 'data', key);
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      if (isWhole(winner, orphan, key) || isWhole(orphan, winner, key)) keys.add(key);
    }
    return keys;
  }

  /** When a side last changed a key since they went apart; undefined when it did not. */
  #changedAt(side: LineageSide, other: LineageSide, key: string): HybridTime | undefined {
    if (!this.#isComplete(side, other)) return side.content.changedAt ?? 0;
    const times = (side === this.winner ? this.#winners : this.#orphans)
      .filter(({ body }) => body.operations.some(({ path }) => isKey(path, key)))
      .map(({ at }) => at);
    for (const [area, name, at] of side.content.past?.log?.forgotten ?? []) {
      if (area === 'data' && (name === key || name === EVERY_KEY)) times.push(at);
    }
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  #mergeWholeKeys(): void {
    const { winner, orphan } = this;
    for (const key of this.#wholeKeys) {
      const path = ['data', key];
      const value = valueAt(orphan.content.document, path);
      if (equalValues(value, valueAt(this.#document, path))) continue;
      const ours = this.#changedAt(winner, orphan, key);
      const theirs = this.#changedAt(orphan, winner, key);
      if (theirs === undefined) continue;
      const takesTheirs = ours === undefined || ours < theirs;
      if (takesTheirs) {
        this.#apply(value === undefined ? { kind: 'delete', path } : { kind: 'set', path, value });
      }
      if (ours === undefined) continue;
      const [at, by] = takesTheirs ? [ours, theirs] : [theirs, ours];
      this.#report({ path, at, by });
    }
  }

  /** Of two outcomes of one key the first stands; the change of the other is undone or not made. */
  #settleJournal(): ReadonlySet<SideChange> {
    const dropped = new Set<SideChange>();
    for (const change of this.#orphans) {
      const { journal } = change.body;
      if (!journal || !findInJournal(this.winner.content.journal, journal.key)) continue;
      if (this.#isOnBothSides(change)) continue;
      const other = this.#winners.find(({ body }) => body.journal?.key === journal.key);
      if (other && compareChanges(change, other) < 0 && this.#undo(other)) {
        this.#reportChange(other, change.at);
      } else {
        dropped.add(change);
        this.#reportChange(change, other?.at ?? this.winner.content.changedAt ?? 0);
      }
    }
    return dropped;
  }

  readonly #undone = new Set<SideChange>();

  /** Makes the winner's keys anew without a change; false when its log does not reach back. */
  #undo(change: SideChange): boolean {
    const { winner, orphan } = this;
    if (!this.#isComplete(winner, orphan)) return false;
    const paths = change.body.operations.map(({ path }) => path);
    const keys = new Set(paths.map((path) => String(path[1])));
    if (paths.some(([area]) => area !== 'data') || [...keys].some((k) => this.#wholeKeys.has(k))) {
      return false;
    }
    this.#undone.add(change);
    const log = winner.content.past?.log;
    const base = log?.base ?? this.#document;
    let [was, is] = [base, base];
    for (const logged of log?.changes ?? []) {
      const { operations } = this.read(logged.body);
      const isUndone = [...this.#undone].some((each) => each.logged === logged);
      if (!isUndone) is = applyOperations(is, rebaseOperations(was, is, operations));
      was = applyOperations(was, operations);
    }
    for (const key of keys) {
      const path = ['data', key];
      for (const operation of diff(valueAt(this.#document, path), valueAt(is, path), path)) {
        this.#apply(operation);
      }
    }
    return true;
  }

  #mergeChanges(dropped: ReadonlySet<SideChange>): void {
    let mine = this.#orphanBefore();
    const theirs = this.#winners
      .filter((change) => !this.#undone.has(change))
      .flatMap((change) => change.body.operations.map((operation) => ({ operation, change })));
    for (const change of this.#orphans) {
      const isMade = !dropped.has(change) && !this.#isOnBothSides(change);
      for (const operation of change.body.operations) {
        const isHere = operation.path[0] === 'data' && !this.#wholeKeys.has(`${operation.path[1]}`);
        if (isHere && isMade) this.#mergeOperation(mine, { operation, change }, theirs);
        mine = applyOperations(mine, [operation]);
      }
    }
  }

  /** The orphan's document when the two went apart, made of the same parts as the winner's. */
  #orphanBefore(): SessionDocument {
    const { content } = this.orphan;
    const log = content.past?.log;
    const own = new Set(this.#orphans.map(({ logged }) => logged));
    let document: SessionDocument = {
      data: { ...content.document.data, ...log?.base.data },
      system: content.document.system,
    };
    for (const logged of log?.changes ?? []) {
      if (!own.has(logged)) document = applyOperations(document, this.read(logged.body).operations);
    }
    return shareStructure(document as never, this.#document as never) as unknown as SessionDocument;
  }

  #mergeOperation(
    mine: SessionDocument,
    { operation, change }: SideOperation,
    theirs: readonly SideOperation[],
  ): void {
    const { path } = operation;
    const near = theirs.filter((other) => overlaps(other.operation.path, path));
    const later = near.filter((other) => compareChanges(other.change, change) > 0);
    const covering = later.find((other) => covers(other.operation, path));
    if (covering) {
      if (!isSameValue(operation, covering.operation)) {
        this.#report({ path, at: change.at, by: covering.change.at, commit: change.body.id });
      }
      return;
    }
    const moved = rebaseOperations(mine, this.#document, [operation]);
    if (moved.length === 0 && !isRemoval(operation)) {
      const by = near.at(-1)?.change.at ?? this.winner.content.changedAt ?? 0;
      this.#report({ path, at: change.at, by, commit: change.body.id });
    }
    this.#reportCovered(operation, change, near, later);
    for (const each of moved) this.#apply(each);
    if (!isAbsolute(operation)) return;
    // What came after it on the other side happens to the new value.
    for (const { operation: after } of later) {
      if (isAtOrAround(path, after.path)) this.#apply(onAnotherValue(after));
    }
  }

  /** Earlier changes of the winner that are gone now. */
  #reportCovered(
    operation: Operation,
    change: SideChange,
    near: readonly SideOperation[],
    later: readonly SideOperation[],
  ): void {
    const { path } = operation;
    for (const other of near) {
      if (later.includes(other) || isSameValue(other.operation, operation)) continue;
      const isGone = covers(operation, other.operation.path);
      const isChanged = isAbsolute(operation) && isAbsolute(other.operation);
      const value = valueAt(this.#document, path);
      if (!isGone && !(isChanged && value !== undefined && !isValue(operation, value))) continue;
      const at = isGone ? other.operation.path : path;
      this.#report({ path: at, at: other.change.at, by: change.at, commit: other.change.body.id });
    }
  }

  /** The whole area from one side: half of a login must not meet half of another. */
  #mergeProtected(): void {
    const { winner, orphan } = this;
    const takesOrphan = orphan.answeredAt > winner.answeredAt;
    const [kept, lost] = takesOrphan ? [orphan, winner] : [winner, orphan];
    const system = kept.content.document.system;
    if (takesOrphan) {
      for (const operation of diff(this.#document.system, system, ['system'])) {
        this.#apply(operation);
      }
    }
    const changes = takesOrphan ? this.#winners : this.#orphans;
    const by = kept.content.changedAt ?? 0;
    for (const { body, at } of changes) {
      for (const { path } of body.operations) {
        if (path[0] !== 'system') continue;
        const value = valueAt(lost.content.document, path);
        if (!equalValues(value, valueAt(kept.content.document, path))) {
          this.#report({ path, at, by, commit: body.id });
        }
      }
    }
    if (this.#isComplete(lost, kept)) return;
    for (const { path } of diff(system, lost.content.document.system, ['system'])) {
      this.#report({ path, at: lost.content.changedAt ?? 0, by });
    }
  }

  /** By its log, too: the ids of commits that are answered are forgotten elsewhere. */
  #isOnBothSides({ body: { id } }: SideChange): boolean {
    if (id === undefined) return false;
    const isThat = (other: CommitId | undefined) => other !== undefined && isSameCommit(other, id);
    return (
      this.winner.content.applied.some(isThat) || this.#winners.some(({ body }) => isThat(body.id))
    );
  }

  #apply(operation: Operation): void {
    this.#operations.push(operation);
    this.#document = applyOperations(this.#document, [operation]);
  }

  #report(value: SupersededValue): void {
    const { path, at, commit } = value;
    const isKnown = this.#superseded.some(
      (other) =>
        other.at === at &&
        other.commit?.counter === commit?.counter &&
        other.path.length === path.length &&
        isAtOrAround(other.path, path),
    );
    if (!isKnown) this.#superseded.push(value);
  }

  #reportChange({ body, at }: SideChange, by: HybridTime): void {
    for (const { path } of body.operations) this.#report({ path, at, by, commit: body.id });
  }

  /** One commit takes a bounded number of operations. */
  #boundedOperations(): readonly Operation[] {
    if (this.#operations.length <= LIMITS.operationsPerCommit) return this.#operations;
    const before = this.winner.content.document;
    return (['data', 'system'] as const).flatMap((area) =>
      diff(before[area], this.#document[area], [area]),
    );
  }

  #merged(): MergedLineage {
    const { winner, orphan } = this;
    const { content, stamp } = orphan;
    const forgotten: ForgottenKey[] = [...(content.past?.log?.forgotten ?? [])];
    if (!this.#isComplete(orphan, winner)) {
      for (const key of this.#wholeKeys) forgotten.push(['data', key, content.changedAt ?? 0]);
    }
    return {
      contains: [...(content.past?.contains ?? []), stamp],
      changes: this.#orphans.map(({ logged }) => logged),
      forgotten,
      applied: content.applied.filter(
        (id) => !winner.content.applied.some((own) => isSameCommit(own, id)),
      ),
      journal: content.journal.filter((entry) => this.#isFirstOutcome(entry)),
    };
  }

  #isFirstOutcome({ key }: JournalRecord): boolean {
    if (!findInJournal(this.winner.content.journal, key)) return true;
    return [...this.#undone].some(({ body }) => body.journal?.key === key);
  }
}

function compareChanges(left: SideChange, right: SideChange): number {
  return (
    left.at - right.at ||
    compareLineages(left.logged, right.logged) ||
    left.logged.seq - right.logged.seq
  );
}

function isSameCommit(left: AppliedCommit, right: AppliedCommit): boolean {
  return left.origin === right.origin && left.counter === right.counter;
}

function isKey(path: Path, key: string): boolean {
  return path[0] === 'data' && String(path[1]) === key;
}

function isRemoval(operation: Operation): boolean {
  return (
    operation.kind === 'delete' || (operation.kind === 'splice' && operation.items.length === 0)
  );
}

function isSameValue(left: Operation, right: Operation): boolean {
  if (left.path.length !== right.path.length || !isAtOrAround(left.path, right.path)) return false;
  if (left.kind === 'delete') return right.kind === 'delete';
  return left.kind === 'set' && right.kind === 'set' && equalValues(left.value, right.value);
}

function isValue(operation: Operation, value: unknown): boolean {
  return operation.kind === 'set' && equalValues(operation.value, value as never);
}

/** Places of one list mean nothing in another; what was added to it does. */
function onAnotherValue(operation: Operation): Operation {
  return operation.kind === 'splice' ? { ...operation, deleteCount: 0 } : operation;
}
