import type { SessionDocument, SessionObject, SessionValue } from '@understudy/replication';
import { SessionTooLargeError } from '../errors.js';
import { isContainer } from './clone.js';

/** Sizes of objects that never change, so that a commit measures only what it brought. */
const known = new WeakMap<object, number>();

/** Throws `SessionTooLargeError` for a document beyond `limits.maxBytes`. */
export function checkBytes(
  document: SessionDocument,
  { maxBytes }: { readonly maxBytes: number },
): void {
  if (areaAtMost(document.data) + areaAtMost(document.system) <= maxBytes) return;
  const bytes = documentBytes(document);
  if (bytes > maxBytes) throw new SessionTooLargeError(bytes, maxBytes);
}

/**
 * About how many bytes a document takes when encoded, to a few percent: what `limits.maxBytes`
 * is compared with. Documents share what did not change, and shared parts are measured once.
 */
export function documentBytes({ data, system }: SessionDocument): number {
  return areaBytes(data) + areaBytes(system);
}

function areaBytes(area: SessionObject): number {
  let bytes = 0;
  for (const key of Object.keys(area)) bytes += textBytes(key) + sharedBytes(area[key]);
  return bytes;
}

/** At most so many: without asking Node for the bytes of each name and text, which most need not. */
export function areaAtMost(area: SessionObject): number {
  let bytes = 0;
  for (const key of Object.keys(area)) bytes += propertyAtMost(key, area[key]);
  return bytes;
}

/** What a property of an area adds at most. */
export function propertyAtMost(key: string, value: SessionValue): number {
  return textAtMost(key) + (typeof value === 'string' ? textAtMost(value) : sharedBytes(value));
}

/** A UTF-16 unit takes three bytes of UTF-8 at most. */
function textAtMost({ length }: string): number {
  return 3 + 3 * length;
}

function sharedBytes(value: unknown): number {
  if (!isContainer(value)) return valueBytes(value);
  let bytes = known.get(value);
  if (bytes === undefined) {
    bytes = valueBytes(value);
    known.set(value, bytes);
  }
  return bytes;
}

function valueBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return textBytes(value);
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 5 : 9;
    case 'bigint':
      return 2 + Math.ceil(value.toString(16).length / 2);
    case 'object':
      return value === null ? 1 : containerBytes(value);
    default:
      return 1;
  }
}

function containerBytes(value: object): number {
  if (value instanceof Uint8Array) return 5 + value.byteLength;
  if (value instanceof Date) return 10;
  if (Array.isArray(value) || value instanceof Set) {
    let bytes = 5;
    for (const item of value) bytes += valueBytes(item);
    return bytes;
  }
  let bytes = 5;
  const entries = value instanceof Map ? value : Object.entries(value);
  for (const [key, item] of entries) bytes += valueBytes(key) + valueBytes(item);
  return bytes;
}

function textBytes(text: string): number {
  return 3 + Buffer.byteLength(text);
}
