import type { OwnedRecord } from '../record/record.js';
import { compareVersions, type Version } from '../record/version.js';
import { alignLists } from '../values/align-lists.js';
import { applyOperations, valueAt } from '../values/apply.js';
import type { Operation } from '../values/operations.js';
import type { Path, SessionDocument, SessionValue } from '../values/values.js';

/**
 * The operations of a commit as they apply to the record now. When the base is no longer in the
 * record's history (very old, or from before two takeovers) they apply by their paths alone.
 */
export function operationsOnto(
  record: OwnedRecord,
  base: Version,
  operations: readonly Operation[],
): readonly Operation[] {
  // Nearly always: nobody else changed the record meanwhile, and the history is not read at all.
  if (compareVersions(record, base) === 0) return operations;
  const first = record.history.findIndex((version) => compareVersions(version, base) === 0);
  if (first === -1) return operations;
  // Step by step: between neighbours only one request changed something, so elements that several
  // requests changed are found again too.
  let moved = operations;
  for (let step = first + 1; step < record.history.length; step++) {
    const [before, after] = [record.history[step - 1], record.history[step]];
    if (before && after) moved = rebaseOperations(before.document, after.document, moved);
  }
  return moved;
}

/**
 * Moves operations that were computed against `base` onto `current`, so that both survive. Objects
 * need nothing: their paths mean the same in both. Array places are found again by the elements
 * themselves: documents are immutable and share what did not change, so an element that nobody
 * touched is the same object in both.
 *
 * - an element that somebody else removed: changes inside it and its removal are dropped;
 * - additions at the end stay at the end, behind what others added meanwhile;
 * - the same place twice: the later commit wins.
 */
export function rebaseOperations(
  base: SessionDocument,
  current: SessionDocument,
  operations: readonly Operation[],
): Operation[] {
  if (base === current) return [...operations];
  const rebased: Operation[] = [];
  let mine = base;
  let theirs = current;
  for (const operation of operations) {
    for (const moved of rebaseOne(mine, theirs, operation)) {
      rebased.push(moved);
      theirs = applyOperations(theirs, [moved]);
    }
    mine = applyOperations(mine, [operation]);
  }
  return rebased;
}

function rebaseOne(
  base: SessionDocument,
  current: SessionDocument,
  operation: Operation,
): Operation[] {
  const path = rebasePath(base, current, operation.path);
  if (path === undefined) return [];
  if (operation.kind !== 'splice') return [{ ...operation, path }];
  const before = valueAt(base, operation.path);
  const now = valueAt(current, path);
  if (!Array.isArray(before) || !Array.isArray(now) || before === now) {
    return [{ ...operation, path }];
  }
  return rebaseSplice(before, now, { ...operation, path });
}

/** The same place in `current`, or undefined when an element on the way is gone. */
function rebasePath(base: SessionDocument, current: SessionDocument, path: Path): Path | undefined {
  let before: SessionValue = base as unknown as SessionValue;
  let now: SessionValue = current as unknown as SessionValue;
  const result: (string | number)[] = [];
  for (const segment of path) {
    let next = segment;
    if (Array.isArray(before) && before !== now) {
      // A list that somebody removed takes its elements with it.
      const index = Array.isArray(now) ? findElement(before, now, Number(segment)) : undefined;
      if (index === undefined) return undefined;
      next = index;
    }
    result.push(next);
    before = valueAt(before, [segment]);
    now = valueAt(now, [next]);
  }
  return result;
}

/** Where the element at `index` of `before` is in `now`; undefined when it was removed. */
function findElement(
  before: readonly SessionValue[],
  now: readonly SessionValue[],
  index: number,
): number | undefined {
  if (index >= before.length) return now.length;
  const element = before[index];
  const isPlain = typeof element !== 'object' || element === null;
  const same = isPlain ? -1 : now.indexOf(element);
  if (same !== -1) return same;
  const { head, tail } = commonEnds(before, now);
  if (index < head) return index;
  if (index >= before.length - tail) return now.length - (before.length - index);
  const became = alignLists(before, now).find(([was]) => was === index);
  if (became) return became[1];
  // Plain values have no identity: the same number of them means they were changed in place.
  return isPlain && before.length === now.length ? index : undefined;
}

function commonEnds(
  before: readonly SessionValue[],
  now: readonly SessionValue[],
): { head: number; tail: number } {
  const shorter = Math.min(before.length, now.length);
  let head = 0;
  while (head < shorter && Object.is(before[head], now[head])) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    Object.is(before[before.length - 1 - tail], now[now.length - 1 - tail])
  ) {
    tail++;
  }
  return { head, tail };
}

function rebaseSplice(
  before: readonly SessionValue[],
  now: readonly SessionValue[],
  splice: Extract<Operation, { kind: 'splice' }>,
): Operation[] {
  const removals: number[] = [];
  for (let index = splice.index; index < splice.index + splice.deleteCount; index++) {
    const found = index < before.length ? findElement(before, now, index) : undefined;
    if (found !== undefined) removals.push(found);
  }
  removals.sort((a, b) => b - a);
  const operations: Operation[] = removals.map((index) => ({
    kind: 'splice',
    path: splice.path,
    index,
    deleteCount: 1,
    items: [],
  }));
  if (splice.items.length > 0) {
    const at = insertionIndex(before, now, splice);
    const index = at - removals.filter((removed) => removed < at).length;
    operations.push({
      kind: 'splice',
      path: splice.path,
      index,
      deleteCount: 0,
      items: splice.items,
    });
  }
  return operations;
}

function insertionIndex(
  before: readonly SessionValue[],
  now: readonly SessionValue[],
  splice: { readonly index: number; readonly deleteCount: number },
): number {
  for (let index = splice.index + splice.deleteCount; index < before.length; index++) {
    const follower = findElement(before, now, index);
    if (follower !== undefined) return follower;
  }
  return now.length;
}
