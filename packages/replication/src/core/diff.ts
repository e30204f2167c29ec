import { equalValues, isPlainObject, ownValue } from './equal.js';
import type { Operation } from './operations.js';
import type { Path, SessionValue } from './values.js';

/**
 * The operations that turn `before` into `after`, as few and as deep as possible: a small change of
 * a large session is a small delta, and two requests that change different places do not meet. Array
 * changes become splices around what stayed, so removing the first of many lines costs one operation.
 */
export function diff(before: SessionValue, after: SessionValue, path: Path): Operation[] {
  const operations: Operation[] = [];
  collect(before, after, path, operations);
  return operations;
}

function collect(
  before: SessionValue,
  after: SessionValue,
  path: Path,
  operations: Operation[],
): void {
  if (Object.is(before, after)) return;
  if (isPlainObject(before) && isPlainObject(after)) {
    collectObject(before, after, path, operations);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    collectArray(before, after, path, operations);
  } else if (!equalValues(before, after)) {
    operations.push(
      after === undefined ? { kind: 'delete', path } : { kind: 'set', path, value: after },
    );
  }
}

function collectObject(
  before: Record<string, SessionValue>,
  after: Record<string, SessionValue>,
  path: Path,
  operations: Operation[],
): void {
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && ownValue(after, key) === undefined) {
      operations.push({ kind: 'delete', path: [...path, key] });
    }
  }
  for (const key of Object.keys(after)) {
    if (after[key] === undefined) continue;
    collect(ownValue(before, key), after[key], [...path, key], operations);
  }
}

function collectArray(
  before: readonly SessionValue[],
  after: readonly SessionValue[],
  path: Path,
  operations: Operation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && equalValues(before[head], after[head])) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    equalValues(before[before.length - 1 - tail], after[after.length - 1 - tail])
  ) {
    tail++;
  }
  const removed = before.length - head - tail;
  const added = after.length - head - tail;
  if (removed === added) {
    for (let index = head; index < head + removed; index++) {
      const place = [...path, index];
      // A delete would close the gap.
      if (after[index] !== undefined) collect(before[index], after[index], place, operations);
      else if (before[index] !== undefined) {
        operations.push({ kind: 'set', path: place, value: undefined });
      }
    }
    return;
  }
  operations.push({
    kind: 'splice',
    path,
    index: head,
    deleteCount: removed,
    items: after.slice(head, head + added),
  });
}
