import { LIMITS } from '../limits.js';
import { alignLists } from './align-lists.js';
import { equalValues, isPlainObject, ownValue } from './equal.js';
import type { Operation } from './operations.js';
import type { Path, SessionValue } from './values.js';

/**
 * The operations that turn `before` into `after`, as few and as deep as possible: a small change of
 * a large session is a small delta, and two requests that change different places do not meet. Array
 * changes become splices between what stayed, so removing the first of many lines costs one operation.
 * A value of which very much changed is set as a whole.
 */
export function diff(before: SessionValue, after: SessionValue, path: Path): Operation[] {
  const operations: Operation[] = [];
  collect(before, after, path, operations);
  if (operations.length <= LIMITS.operationsPerValue) return operations;
  return replaceWhole(before, after, path);
}

/** So much changed that one operation says it better; a commit takes a bounded number of them. */
function replaceWhole(before: SessionValue, after: SessionValue, path: Path): Operation[] {
  if (path.length > 1) return [{ kind: 'set', path, value: after }];
  if (!isPlainObject(before) || !isPlainObject(after)) return [];
  // An area has no value of its own to set: each of its keys is looked at alone.
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    diff(ownValue(before, key), ownValue(after, key), [...path, key]),
  );
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
  let removed = 0;
  let added = 0;
  for (const [was, is] of [...alignLists(before, after), [before.length, after.length]] as const) {
    if (was > removed || is > added) {
      const items = after.slice(added, is);
      const deleteCount = was - removed;
      operations.push({ kind: 'splice', path, index: added, deleteCount, items });
    }
    if (was < before.length) collect(before[was], after[is], [...path, is], operations);
    removed = was + 1;
    added = is + 1;
  }
}
