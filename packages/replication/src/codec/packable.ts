import { addExtension } from 'msgpackr';
import { isWellFormed } from '../core/values/assert-value.js';
import { FrameError } from '../errors.js';

/** Extension types of wire version 1: their numbers are the format. */
const MAP_TYPE = 0x4d;
const UTF16_TYPE = 0x55;

class MapEntries {
  /** Keys and values in turn. */
  constructor(readonly items: readonly unknown[]) {}
}

class Utf16Text {
  constructor(readonly text: string) {}
}

addExtension({
  type: MAP_TYPE,
  Class: MapEntries,
  write: (map: MapEntries) => map.items,
  read: readMap,
});

addExtension({
  type: UTF16_TYPE,
  Class: Utf16Text,
  write: ({ text }: Utf16Text) => Buffer.from(text, 'utf16le'),
  read: readUtf16,
});

/**
 * A session value as msgpack can carry it unchanged: without help a Map would come back as an object
 * and half of a surrogate pair as U+FFFD. Copies only what contains either.
 */
export function toPackable(value: unknown): unknown {
  if (typeof value === 'string') return isWellFormed(value) ? value : new Utf16Text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return packableItems(value);
  if (value instanceof Map) return new MapEntries(packableItems([...value].flat(1)));
  if (value instanceof Set) {
    const items = [...value];
    const packable = packableItems(items);
    return packable === items ? value : new Set(packable);
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? packableObject(value) : value;
}

function packableItems(items: readonly unknown[]): readonly unknown[] {
  let result = items;
  for (let index = 0; index < items.length; index++) {
    const packable = toPackable(items[index]);
    if (packable === items[index]) continue;
    if (result === items) result = [...items];
    (result as unknown[])[index] = packable;
  }
  return result;
}

function packableObject(object: object): object {
  let result = object as Record<string, unknown>;
  for (const [key, value] of Object.entries(object)) {
    const packable = toPackable(value);
    if (packable === value) continue;
    if (result === object) result = { ...object };
    result[key] = packable;
  }
  return result;
}

function readMap(items: unknown): Map<unknown, unknown> {
  if (!Array.isArray(items) || items.length % 2 !== 0) throw new FrameError('a map is malformed');
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < items.length; index += 2) map.set(items[index], items[index + 1]);
  return map;
}

function readUtf16(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new FrameError('a text is malformed');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf16le');
}
