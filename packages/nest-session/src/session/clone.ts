import { equalValues, type SessionValue } from '@understudy/replication';
import type { HandedOut } from './handed-out.js';

/** A value that may be changed in place; what a session holds is made of these. */
export type MutableObject = { [key: string]: unknown };

/** Whether changing the value in place is possible, so that a copy must be handed out. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A plain object, as literals and decoders make them. */
export function isPlainObject(value: unknown): value is MutableObject {
  if (!isContainer(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A deep copy that shares nothing with the original. Written for session values, which have been
 * checked: plain objects, arrays, maps, sets, dates, bytes and primitives, without cycles. `made` gets
 * every object of the copy.
 */
export function cloneValue<T>(value: T, made?: object[]): T;
export function cloneValue(value: unknown, made?: object[]): unknown {
  if (!isContainer(value)) return value;
  const copy = copyOf(value, made);
  made?.push(copy);
  return copy;
}

function copyOf(value: object, made?: object[]): object {
  if (Array.isArray(value)) return cloneList(value, made);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array)
    return Buffer.isBuffer(value) ? Buffer.from(value) : value.slice();
  if (value instanceof Set) return new Set(Array.from(value, (item) => cloneValue(item, made)));
  if (value instanceof Map) {
    return new Map(
      Array.from(value, ([key, item]) => [cloneValue(key, made), cloneValue(item, made)]),
    );
  }
  return cloneObject(value as MutableObject, made);
}

/** Holes become undefined: comparisons pass over a hole, and what is put there later would be lost. */
function cloneList(source: readonly unknown[], made?: object[]): unknown[] {
  const copy: unknown[] = [];
  for (const item of source) copy.push(cloneValue(item, made));
  return copy;
}

function cloneObject(source: MutableObject, made?: object[]): MutableObject {
  const copy: MutableObject = {};
  for (const key of Object.keys(source)) define(copy, key, cloneValue(source[key], made));
  return copy;
}

/** Sets an own property, also one called `__proto__`, which an assignment would turn into more. */
export function define(target: MutableObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    target[key] = value;
  }
}

/**
 * What stands in the place of `current` once the session is `wanted` there. Objects of the session are
 * changed in place, so that references taken before a save, an update or a reload go on seeing it. What the
 * application has only just put in stays as it is (the failure prevented: an entry of a catalogue that all
 * requests share becomes what one client has in its cart): unless it is equal, a copy takes its place.
 * Nothing of `wanted` is shared.
 */
export function reconcile(current: unknown, wanted: SessionValue, handedOut: HandedOut): unknown {
  if (!isContainer(current)) return handedOut.copy(wanted);
  // A frozen one cannot follow, whoever made it.
  if (!handedOut.has(current) || !Object.isExtensible(current)) {
    return equalValues(wanted, current as SessionValue) ? current : handedOut.copy(wanted);
  }
  if (Array.isArray(current) && Array.isArray(wanted)) {
    wanted.forEach((item, index) => {
      current[index] = reconcile(current[index], item as SessionValue, handedOut);
    });
    current.length = wanted.length;
    return current;
  }
  if (isPlainObject(current) && isPlainObject(wanted)) {
    for (const key of Object.keys(current)) {
      if (!Object.hasOwn(wanted, key)) delete current[key];
    }
    for (const key of Object.keys(wanted)) {
      const before = Object.hasOwn(current, key) ? current[key] : undefined;
      define(current, key, reconcile(before, wanted[key] as SessionValue, handedOut));
    }
    return current;
  }
  return refill(current, wanted, handedOut) ? current : handedOut.copy(wanted);
}

/** Gives a map, a set, a date or bytes other contents; false: it is no place for them. */
function refill(current: object, wanted: SessionValue, handedOut: HandedOut): boolean {
  if (equalValues(wanted, current as SessionValue)) return true;
  if (current instanceof Map && wanted instanceof Map) {
    current.clear();
    for (const [key, item] of wanted) current.set(handedOut.copy(key), handedOut.copy(item));
    return true;
  }
  if (current instanceof Set && wanted instanceof Set) {
    current.clear();
    for (const item of wanted) current.add(handedOut.copy(item));
    return true;
  }
  if (current instanceof Date && wanted instanceof Date) {
    current.setTime(wanted.getTime());
    return true;
  }
  if (!(current instanceof Uint8Array) || !(wanted instanceof Uint8Array)) return false;
  if (current.length !== wanted.length) return false;
  current.set(wanted);
  return true;
}
