import { isDate } from './assert-value.js';
import type { SessionValue } from './values.js';

/** Whether a value is an object with keys of its own, not a container with a type of its own. */
export function isPlainObject(value: unknown): value is Record<string, SessionValue> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Set) &&
    !(value instanceof Uint8Array) &&
    !isDate(value)
  );
}

/** A property of the object itself: a session may have a key named `toString`. */
export function ownValue(object: Record<string, SessionValue>, key: string): SessionValue {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Equality by content of session values; a property that is `undefined` counts as absent. */
export function equalValues(left: SessionValue, right: SessionValue): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false;
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right);
  if (isDate(left)) return isDate(right) && left.getTime() === right.getTime();
  if (left instanceof Uint8Array) return right instanceof Uint8Array && equalBytes(left, right);
  if (left instanceof Map) {
    return right instanceof Map && equalLists([...left].flat(), [...right].flat());
  }
  if (left instanceof Set) return right instanceof Set && equalLists([...left], [...right]);
  return isPlainObject(left) && isPlainObject(right) && equalObjects(left, right);
}

function equalLists(left: readonly SessionValue[], right: readonly SessionValue[]): boolean {
  return left.length === right.length && left.every((item, i) => equalValues(item, right[i]));
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function equalObjects(
  left: Record<string, SessionValue>,
  right: Record<string, SessionValue>,
): boolean {
  for (const key of Object.keys(left)) {
    if (!equalValues(left[key], ownValue(right, key))) return false;
  }
  for (const key of Object.keys(right)) {
    if (right[key] !== undefined && ownValue(left, key) === undefined) return false;
  }
  return true;
}
