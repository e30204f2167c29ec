import type { SessionValue } from '@understudy/replication';

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
 * checked: plain objects, arrays, maps, sets, dates, bytes and primitives, without cycles.
 */
export function cloneValue<T>(value: T): T;
export function cloneValue(value: unknown): unknown {
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map((item) => cloneValue(item));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array)
    return Buffer.isBuffer(value) ? Buffer.from(value) : value.slice();
  if (value instanceof Set) return new Set(Array.from(value, (item) => cloneValue(item)));
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, item]) => [cloneValue(key), cloneValue(item)]));
  }
  return cloneObject(value as MutableObject);
}

function cloneObject(source: MutableObject): MutableObject {
  const copy: MutableObject = {};
  for (const key of Object.keys(source)) define(copy, key, cloneValue(source[key]));
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
 * Makes `current` equal to `wanted` while keeping the objects the application holds: references
 * taken before a save, an update or a reload go on seeing the session. Returns what now stands in
 * the place of `current`; nothing of `wanted` is shared.
 */
export function reconcile(current: unknown, wanted: SessionValue): unknown {
  if (Array.isArray(current) && Array.isArray(wanted)) {
    wanted.forEach((item, index) => {
      current[index] = reconcile(current[index], item as SessionValue);
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
      define(current, key, reconcile(before, wanted[key] as SessionValue));
    }
    return current;
  }
  return cloneValue(wanted);
}
