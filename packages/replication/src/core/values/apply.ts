import { isForbiddenKey } from './assert-value.js';
import { isPlainObject } from './equal.js';
import type { Operation } from './operations.js';
import type { Path, SessionDocument, SessionObject, SessionValue } from './values.js';

/**
 * Applies operations in order and returns the new document; the old one is untouched and shares
 * with the new one whatever did not change. Total: every sequence of operations gives a document,
 * because a change that was numbered must mean the same on every holder. A path that leads through
 * something that is not there (any more) makes the objects on its way; an index beyond the end of
 * an array is its end.
 */
export function applyOperations(
  document: SessionDocument,
  operations: readonly Operation[],
): SessionDocument {
  let result = document as unknown as SessionValue;
  for (const operation of operations) {
    if (!isSafePath(operation.path)) continue;
    result = applyAt(result, operation, 0);
  }
  return result as unknown as SessionDocument;
}

/** A path names an area and a place inside it, and cannot reach a prototype. */
export function isSafePath(path: Path): boolean {
  if (path.length < 2 || (path[0] !== 'data' && path[0] !== 'system')) return false;
  return path.every((segment) => typeof segment === 'number' || !isForbiddenKey(segment));
}

/** The value at a path; undefined when there is none. */
export function valueAt(value: SessionValue | SessionDocument, path: Path): SessionValue {
  let current = value as SessionValue;
  for (const segment of path) {
    if (Array.isArray(current)) current = current[Number(segment)];
    else if (isPlainObject(current) && Object.hasOwn(current, segment)) current = current[segment];
    else return undefined;
  }
  return current;
}

function applyAt(value: SessionValue, operation: Operation, depth: number): SessionValue {
  const segment = operation.path[depth] as string | number;
  const last = depth === operation.path.length - 1;
  if (Array.isArray(value) && typeof segment === 'number') {
    return applyToArray(value, segment, operation, last, depth);
  }
  const object: SessionObject = isPlainObject(value) ? value : {};
  const key = String(segment);
  const child = Object.hasOwn(object, key) ? object[key] : undefined;
  const next = last ? leaf(child, operation) : applyAt(child, operation, depth + 1);
  if (next === undefined) {
    if (!Object.hasOwn(object, key)) return object;
    const { [key]: _removed, ...rest } = object;
    return rest;
  }
  return { ...object, [key]: next };
}

function applyToArray(
  array: readonly SessionValue[],
  segment: number,
  operation: Operation,
  last: boolean,
  depth: number,
): SessionValue {
  const copy = [...array];
  const index = Math.min(Math.max(0, segment), copy.length);
  if (last && operation.kind === 'delete') copy.splice(index, 1);
  else if (last) copy[index] = leaf(copy[index], operation);
  else copy[index] = applyAt(copy[index], operation, depth + 1);
  return copy;
}

function leaf(value: SessionValue, operation: Operation): SessionValue {
  switch (operation.kind) {
    case 'set':
      return operation.value;
    case 'delete':
      return undefined;
    case 'increment':
      return finite((typeof value === 'number' ? value : 0) + operation.by);
    case 'splice': {
      const copy = Array.isArray(value) ? [...value] : [];
      const index = Math.min(Math.max(0, operation.index), copy.length);
      copy.splice(index, Math.max(0, operation.deleteCount), ...operation.items);
      return copy;
    }
  }
}

/** An infinity could be counted to, but not encoded: the record would be lost with its owner. */
function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(value, Number.MAX_VALUE));
}
