/// <reference lib="es2024.string" />
import { SessionValueError } from '../../errors.js';
import { LIMITS } from '../limits.js';
import type { SessionValue } from './values.js';

/** Names that reach an object's prototype in code which copies properties carelessly. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** True for names that neither a path nor an object in a session may carry. */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

/** True for text that UTF-8 can carry: no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

/**
 * Throws {@link SessionValueError} with the path of the first thing a session cannot hold: a
 * function, a symbol, a class instance, a cycle, NaN or an infinity, nesting beyond 64. Everything
 * that passes comes back equal after replication; nothing is dropped or turned into something else.
 *
 * @param path Where the value will be; it counts towards the nesting.
 */
export function assertSessionValue(
  value: unknown,
  path: readonly (string | number)[] = [],
): asserts value is SessionValue {
  if (typeof value === 'object' && value !== null) checkObject(value, [...path], new Set());
  else checkScalar(value, path);
}

function check(value: unknown, path: (string | number)[], ancestors: Set<object>): void {
  if (typeof value === 'object' && value !== null) checkObject(value, path, ancestors);
  else checkScalar(value, path);
}

function checkScalar(value: unknown, path: readonly (string | number)[]): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new SessionValueError(path, `is ${value}`);
      return;
    case 'function':
    case 'symbol':
      throw new SessionValueError(path, `is a ${typeof value}`);
  }
}

function checkObject(value: object, path: (string | number)[], ancestors: Set<object>): void {
  if (value instanceof Uint8Array) return;
  if (isDate(value)) {
    checkKind(value, 'Date', path);
    if (Number.isNaN(value.getTime())) throw new SessionValueError(path, 'is an invalid date');
    return;
  }
  if (ancestors.has(value)) throw new SessionValueError(path, 'refers to one of its own parents');
  if (path.length >= LIMITS.valueDepth) {
    throw new SessionValueError(path, `is nested deeper than ${LIMITS.valueDepth}`);
  }
  ancestors.add(value);
  if (Array.isArray(value)) checkList(value, path, ancestors);
  else if (value instanceof Set) {
    checkKind(value, 'Set', path);
    checkEntries([...value].entries(), path, ancestors);
  } else if (value instanceof Map) {
    checkKind(value, 'Map', path);
    checkEntries([...value.keys()].entries(), path, ancestors);
    checkEntries([...value.values()].entries(), path, ancestors);
  } else checkPlainObject(value, path, ancestors);
  ancestors.delete(value);
}

function checkList(list: unknown[], path: (string | number)[], ancestors: Set<object>): void {
  checkKind(list, 'Array', path);
  // Indices come first, so a name, as the result of a match has them, would be the last key.
  const lastKey = Object.keys(list).at(-1);
  if (lastKey !== undefined && !(Number(lastKey) < list.length)) {
    throw new SessionValueError(path, 'is a list with names of its own');
  }
  checkEntries(list.entries(), path, ancestors);
}

/** A subclass would come back as its base. By name, so that another realm's are taken too. */
function checkKind(value: object, kind: string, path: readonly (string | number)[]): void {
  const name = value.constructor?.name;
  if (name !== kind) {
    throw new SessionValueError(path, `is an instance of ${name ?? 'a class'}`);
  }
}

function checkEntries(
  entries: Iterable<readonly [number, unknown]>,
  path: (string | number)[],
  ancestors: Set<object>,
): void {
  for (const [index, item] of entries) checkAt(item, index, path, ancestors);
}

function checkPlainObject(value: object, path: (string | number)[], ancestors: Set<object>): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new SessionValueError(
      path,
      `is an instance of ${prototype.constructor?.name ?? 'a class'}`,
    );
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new SessionValueError(path, 'has a symbol as a key');
  }
  for (const key of Object.keys(value)) {
    if (isForbiddenKey(key)) throw new SessionValueError([...path, key], 'has a forbidden name');
    if (!isWellFormed(key)) {
      throw new SessionValueError([...path, key], 'has half of a character in its name');
    }
    checkAt((value as Record<string, unknown>)[key], key, path, ancestors);
  }
}

function checkAt(
  value: unknown,
  segment: string | number,
  path: (string | number)[],
  ancestors: Set<object>,
): void {
  path.push(segment);
  check(value, path, ancestors);
  path.pop();
}

/** By its brand, not by `instanceof`: a date from another realm is a date. */
// biome-ignore lint/style/noRestrictedGlobals: the type of a value, not a clock
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}
