import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionValue } from '../../../test/wire/session-values.js';
import { SessionValueError } from '../../errors.js';
import { LIMITS } from '../limits.js';
import { assertSessionValue } from './assert-value.js';

class Cart {
  items = [];
}

class SpecialMap extends Map {}
class SpecialList extends Array {}
class SpecialDate extends Date {}

/** `levels` objects, one in the other. */
function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value.self = { back: value };
  return value;
}

const own = (key: string, value: unknown) =>
  Object.defineProperty({}, key, { value, enumerable: true });

const REFUSED: readonly [string, unknown, readonly (string | number)[], RegExp][] = [
  ['a function', { a: { b: () => 1 } }, ['a', 'b'], /is a function/],
  ['a method', { toJSON() {} }, ['toJSON'], /is a function/],
  ['a symbol', [1, Symbol('x')], [1], /is a symbol/],
  ['a symbol as a key', { a: { [Symbol('x')]: 1 } }, ['a'], /symbol as a key/],
  ['NaN', { n: [Number.NaN] }, ['n', 0], /is NaN/],
  ['an infinity', { n: Number.NEGATIVE_INFINITY }, ['n'], /is -Infinity/],
  ['an invalid date', { at: new Date(Number.NaN) }, ['at'], /invalid date/],
  ['a class instance', { cart: new Cart() }, ['cart'], /instance of Cart/],
  ['an error', { e: new RangeError('x') }, ['e'], /instance of RangeError/],
  ['a regular expression', { r: /x/ }, ['r'], /instance of RegExp/],
  ['a promise', { p: Promise.resolve() }, ['p'], /instance of Promise/],
  ['a weak map', { w: new WeakMap() }, ['w'], /instance of WeakMap/],
  ['an array of floats', { f: new Float64Array(1) }, ['f'], /instance of Float64Array/],
  ['a bare buffer', { b: new ArrayBuffer(1) }, ['b'], /instance of ArrayBuffer/],
  ['a boxed number', { n: Object(1) }, ['n'], /instance of Number/],
  ['a kind of map', { m: new SpecialMap() }, ['m'], /instance of SpecialMap/],
  ['a kind of list', { l: new SpecialList() }, ['l'], /instance of SpecialList/],
  ['a kind of date', { d: new SpecialDate(0) }, ['d'], /instance of SpecialDate/],
  ['a list with a name', { l: Object.assign([1], { index: 0 }) }, ['l'], /names/],
  ['a match', { m: /b/.exec('abc') }, ['m'], /names/],
  ['a cycle', cycle(), ['self', 'back'], /own parents/],
  ['a key that reaches the prototype', { a: own('__proto__', 1) }, ['a', '__proto__'], /forbidden/],
  ['a key named constructor', { constructor: 1 }, ['constructor'], /forbidden/],
  ['a key named prototype', { a: [{ prototype: 1 }] }, ['a', 0, 'prototype'], /forbidden/],
  ['something in a map', { m: new Map([['k', () => 1]]) }, ['m', 0], /is a function/],
  ['something in the key of a map', { m: new Map([[() => 1, 1]]) }, ['m', 0], /is a function/],
  ['something in a set', { s: new Set(['a', Symbol('x')]) }, ['s', 1], /is a symbol/],
  ['half of a character in a key', { 'a\ud800': 1 }, ['a\ud800'], /half/],
];

const ACCEPTED: readonly [string, unknown][] = [
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ['undefined', { a: undefined, l: [undefined] }],
  ['a gap', { l: new Array(3) }],
  ['an object named like a method', { toString: 1, hasOwnProperty: 2, toJSON: 3 }],
  ['a date and a list of another realm', runInNewContext('[new Date(5), [1]]')],
  ['half of a character', { name: 'smile \ud83d' }],
  ['a buffer', { b: Buffer.from('x') }],
  ['one value in two places', ((twice) => ({ a: twice, b: twice }))({ n: 1 })],
  ['the deepest nesting', nested(LIMITS.valueDepth)],
];

describe('a session', () => {
  it.each(REFUSED)('refuses %s', (_name, value, path, reason) => {
    expect.assertions(2);
    try {
      assertSessionValue(value);
    } catch (error) {
      expect((error as SessionValueError).path).toEqual(path);
      expect((error as SessionValueError).reason).toMatch(reason);
    }
  });

  it.each(ACCEPTED)('holds %s', (_name, value) => {
    expect(() => assertSessionValue(value)).not.toThrow();
  });

  it('holds every kind of value it is said to hold', () => {
    fc.assert(
      fc.property(sessionValue, (value) => {
        expect(() => assertSessionValue(value)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['objects', nested(LIMITS.valueDepth + 1)],
    ['lists', JSON.parse('['.repeat(10_000) + ']'.repeat(10_000))],
  ])('refuses %s nested too deeply, without running out of stack', (_name, value) => {
    expect(() => assertSessionValue(value)).toThrow(/nested deeper than 64/);
  });

  it('counts the depth of the place where the value will be', () => {
    const path = Array.from({ length: LIMITS.valueDepth }, () => 'a');
    expect(() => assertSessionValue(1, path)).not.toThrow();
    expect(() => assertSessionValue({}, path)).toThrow(/nested deeper than 64/);
    expect(() => assertSessionValue(nested(2), path.slice(2))).not.toThrow();
    expect(() => assertSessionValue(nested(3), path.slice(2))).toThrow(/nested deeper than 64/);
  });

  it('names the place below the one it was given', () => {
    expect(() => assertSessionValue({ b: Number.NaN }, ['data', 'a', 3])).toThrow(
      new SessionValueError(['data', 'a', 3, 'b'], 'is NaN').message,
    );
  });
});
