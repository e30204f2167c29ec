import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionValue } from '../../test/wire/session-values.js';
import type { SessionValue } from '../core/values/values.js';
import { FrameError } from '../errors.js';
import { packValue, unpackValue } from './msgpack.js';
import { toPackable } from './packable.js';

function roundTrip(value: SessionValue): unknown {
  return unpackValue(packValue(toPackable(value)));
}

const VALUES: readonly [string, SessionValue][] = [
  ['a map', new Map([['a', 1]])],
  [
    'a map with keys of every kind',
    new Map<SessionValue, SessionValue>([
      [1, 'n'],
      [{ a: 1 }, []],
    ]),
  ],
  ['an empty map', new Map()],
  ['a map in an object, a list, a set and a map', { m: [new Set([new Map([[1, new Map()]])])] }],
  ['half of a character', 'cut \ud83d'],
  ['half of a character in a long text', `${'x'.repeat(100)}\udc00`],
  ['half of a character in a map', new Map([['\ud800', { a: ['\udfff'] }]])],
  ['a key named like a method of every object', { toString: 1, hasOwnProperty: 2, toJSON: 3 }],
  ['undefined', [undefined, { a: undefined }]],
  ['dates from first to last', [new Date(-8.64e15), new Date(-1), new Date(8.64e15)]],
  ['large integers', [2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 5e-324]],
  ['bigints', [0n, -1n, 2n ** 63n, -(2n ** 64n), 2n ** 5000n]],
  ['bytes', new Uint8Array([0, 255])],
];

describe('a session value', () => {
  it.each(VALUES)('comes back from msgpack as it was: %s', (_name, value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  it('comes back from msgpack as it was, whatever it is', () => {
    fc.assert(
      fc.property(sessionValue, (value) => {
        expect(roundTrip(value)).toStrictEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not copied when msgpack can carry it', () => {
    const value = { a: [new Set(['x']), { b: new Date(1) }], c: new Uint8Array(3) };
    expect(toPackable(value)).toBe(value);
  });

  it('is not changed when it has to be wrapped', () => {
    const value = { keep: { a: 1 }, list: [1, new Map([['k', 'v']])] };
    const before = structuredClone(value);
    const packable = toPackable(value) as typeof value;
    expect(value).toStrictEqual(before);
    expect(packable.keep).toBe(value.keep);
  });
});

describe('msgpack from a stranger', () => {
  it.each<[string, number[]]>([
    ['a map of one item', [0xd4, 0x4d, 0x00, 0x91, 0x01]],
    ['a map of no list', [0xd4, 0x4d, 0x00, 0x01]],
    ['a map as plain bytes', [0xc7, 0x02, 0x4d, 0x00, 0x00]],
    ['a text of no bytes', [0xd4, 0x55, 0x00, 0x01]],
    ['a list longer than the frame', [0xdd, 0x01, 0x00, 0x00, 0x00]],
    ['lists in lists that are longer than the frame', Array(100).fill([0xdd, 0, 0, 0, 90]).flat()],
    ['two values', [0x01, 0x02]],
    ['no value', []],
    ['nesting without end', Array(200_000).fill(0x91)],
  ])('is refused: %s', (_name, bytes) => {
    expect(() => unpackValue(new Uint8Array(bytes))).toThrow(FrameError);
  });

  it('reaches no prototype', () => {
    const bytes = packValue(JSON.parse('{"__proto__":{"polluted":1},"a":1}'));
    const value = unpackValue(bytes) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
  });
});
