import { describe, expect, test } from 'vitest';
import { cloneValue, reconcile } from './clone.js';

const everything = () => ({
  text: 'x',
  nothing: null,
  big: 10n ** 30n,
  when: new Date(5),
  bytes: new Uint8Array([1, 2]),
  buffer: Buffer.from('abc'),
  list: [1, [2, { deep: true }]],
  tags: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'a'])]]),
});

describe('cloneValue', () => {
  test('copies every kind of value a session can hold', () => {
    expect(cloneValue(everything())).toEqual(everything());
  });

  test('shares no container with the original', () => {
    const original = everything();
    const copy = cloneValue(original);
    copy.when.setTime(0);
    copy.bytes[0] = 9;
    copy.buffer[0] = 9;
    (copy.list[1] as unknown[]).push(3);
    ([...copy.tags.values()][0] as Set<unknown>).clear();
    expect(original).toEqual(everything());
  });

  test('a property called __proto__ stays a property', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true}}') as object;
    const copy = cloneValue(hostile) as { admin?: boolean };
    expect(copy.admin).toBeUndefined();
    expect(Object.keys(copy)).toEqual(['__proto__']);
  });
});

describe('reconcile', () => {
  test.each([
    ['changed members', { a: 1, b: { c: 2 } }, { a: 3, b: { c: 4 } }],
    ['added and removed members', { a: 1, b: 2 }, { b: 2, c: 3 }],
    ['longer and shorter lists', { list: [1, 2, 3] }, { list: [4] }],
    ['an object where a list was', { x: [1] }, { x: { y: 1 } }],
    ['a map in place of an object', { x: { y: 1 } }, { x: new Map([['y', 1]]) }],
  ])('brings an object to the wanted state: %s', (_name, current, wanted) => {
    expect(reconcile(current, wanted)).toEqual(wanted);
  });

  test('keeps the objects that were handed out, and takes none of the wanted ones', () => {
    const inner = { c: 1 };
    const current = { inner, list: [{ d: 1 }] };
    const first = current.list[0];
    const wanted = { inner: { c: 2 }, list: [{ d: 2 }, { d: 3 }] };
    expect(reconcile(current, wanted)).toBe(current);
    expect(current.inner).toBe(inner);
    expect(current.list[0]).toBe(first);
    expect(current.list[1]).not.toBe(wanted.list[1]);
  });
});
