import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionValue } from '../../../test/wire/session-values.js';
import { equalValues } from './equal.js';
import type { SessionValue } from './values.js';

const EQUAL: readonly [string, SessionValue, SessionValue][] = [
  ['a missing property and an undefined one', { a: 1 }, { a: 1, b: undefined }],
  ['dates of one instant', new Date(5), new Date(5)],
  ['bytes of equal content', new Uint8Array([1, 2]), Buffer.from([1, 2])],
  ['maps of equal entries', new Map([['a', [1]]]), new Map([['a', [1]]])],
  ['sets of equal members', new Set(['a']), new Set(['a'])],
  ['objects with and without a prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
];

const DIFFERENT: readonly [string, SessionValue, SessionValue][] = [
  ['null and undefined', null, undefined],
  ['a number and its bigint', 1, 1n],
  ['an array and an object with the same keys', ['a'], { 0: 'a' }],
  ['a map and an object with the same keys', new Map([['a', 1]]), { a: 1 }],
  ['a set and an array', new Set([1]), [1]],
  ['a date and its number', new Date(5), 5],
  ['bytes and an array', new Uint8Array([1]), [1]],
  [
    'maps whose entries have another order',
    new Map([
      [1, 1],
      [2, 2],
    ]),
    new Map([
      [2, 2],
      [1, 1],
    ]),
  ],
  ['nothing and a key named like a method of every object', {}, { toString: 'x' }],
  ['a key named like a method of every object and nothing', { valueOf: 'x' }, {}],
];

describe('equality of session values', () => {
  it.each(EQUAL)('holds for %s', (_name, left, right) => {
    expect(equalValues(left, right)).toBe(true);
    expect(equalValues(right, left)).toBe(true);
  });

  it.each(DIFFERENT)('does not hold for %s', (_name, left, right) => {
    expect(equalValues(left, right)).toBe(false);
    expect(equalValues(right, left)).toBe(false);
  });

  it('is symmetric, and holds for a copy', () => {
    fc.assert(
      fc.property(sessionValue, sessionValue, (left, right) => {
        expect(equalValues(left, right)).toBe(equalValues(right, left));
        expect(equalValues(left, structuredClone(left))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
