import { rebaseOperations } from '../owner/merge.js';
import { applyOperations, valueAt } from '../values/apply.js';
import { equalValues } from '../values/equal.js';
import type { Operation } from '../values/operations.js';
import { covers, isAbsolute, isAtOrAround, overlaps } from '../values/overlap.js';
import { shareStructure } from '../values/share-structure.js';
import type { SessionDocument } from '../values/values.js';
import { compareChanges, type LineageSides, type SideChange } from './lineage-sides.js';
import type { MergeDraft } from './merge-draft.js';
import type { MergedJournals } from './merged-journals.js';

interface SideOperation {
  readonly operation: Operation;
  readonly change: SideChange;
}

/** What the orphan did and the winner lacks, one operation after another, where both are known. */
export function mergeChanges(
  sides: LineageSides,
  draft: MergeDraft,
  { dropped, undone }: MergedJournals,
): void {
  let mine = orphanBefore(sides, draft);
  const theirs = sides.winners
    .filter((change) => !undone.has(change) && !sides.isVoid(change))
    .flatMap((change) => change.body.operations.map((operation) => ({ operation, change })));
  for (const change of sides.orphans) {
    if (sides.isVoid(change)) continue;
    const isMade = !dropped.has(change) && !sides.isOnBothSides(change);
    for (const operation of change.body.operations) {
      const isHere = operation.path[0] === 'data' && !sides.wholeKeys.has(`${operation.path[1]}`);
      if (isHere && isMade) mergeOperation(sides, draft, mine, { operation, change }, theirs);
      mine = applyOperations(mine, [operation]);
    }
  }
}

/** The orphan's document when the two went apart, made of the same parts as the winner's. */
function orphanBefore(sides: LineageSides, draft: MergeDraft): SessionDocument {
  const { content } = sides.orphan;
  const log = content.past?.log;
  const own = new Set(sides.orphans);
  let document: SessionDocument = {
    data: { ...content.document.data, ...log?.base.data },
    system: content.document.system,
  };
  for (const change of sides.historyOf(sides.orphan)) {
    if (!own.has(change)) document = applyOperations(document, change.body.operations);
  }
  return shareStructure(document as never, draft.document as never) as unknown as SessionDocument;
}

function mergeOperation(
  sides: LineageSides,
  draft: MergeDraft,
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
      draft.report({ path, at: change.at, by: covering.change.at, commit: change.body.id });
    }
    return;
  }
  const moved = rebaseOperations(mine, draft.document, [operation]);
  if (moved.length === 0 && !isRemoval(operation)) {
    const by = near.at(-1)?.change.at ?? sides.winner.content.changedAt ?? 0;
    draft.report({ path, at: change.at, by, commit: change.body.id });
  }
  reportCovered(draft, operation, change, near, later);
  for (const each of moved) draft.apply(each);
  if (!isAbsolute(operation)) return;
  // What came after it on the other side happens to the new value.
  for (const { operation: after } of later) {
    if (isAtOrAround(path, after.path)) draft.apply(onAnotherValue(after));
  }
}

/** Earlier changes of the winner that are gone now. */
function reportCovered(
  draft: MergeDraft,
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
    const value = valueAt(draft.document, path);
    if (!isGone && !(isChanged && value !== undefined && !isValue(operation, value))) continue;
    const at = isGone ? other.operation.path : path;
    draft.report({ path: at, at: other.change.at, by: change.at, commit: other.change.body.id });
  }
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
