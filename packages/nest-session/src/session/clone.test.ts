import { describe, expect, test } from 'vitest';
import { cloneValue, reconcile } from './clone.js';
import { HandedOut } from './handed-out.js';

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

  test('a gap of a list is a value of it', () => {
    const list: string[] = [];
    list[1] = 'b';
    expect(Object.keys(cloneValue(list))).toEqual(['0', '1']);
  });

  test('a property called __proto__ stays a property', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true}}') as object;
    const copy = cloneValue(hostile) as { admin?: boolean };
    expect(copy.admin).toBeUndefined();
    expect(Object.keys(copy)).toEqual(['__proto__']);
  });
});

/** As an application was given it. */
function given<T>(value: T): { readonly current: T; readonly handedOut: HandedOut } {
  const handedOut = new HandedOut();
  return { current: handedOut.copy(value), handedOut };
}

describe('reconcile', () => {
  test.each([
    ['changed members', { a: 1, b: { c: 2 } }, { a: 3, b: { c: 4 } }],
    ['added and removed members', { a: 1, b: 2 }, { b: 2, c: 3 }],
    ['longer and shorter lists', { list: [1, 2, 3] }, { list: [4] }],
    ['an object where a list was', { x: [1] }, { x: { y: 1 } }],
    ['a map in place of an object', { x: { y: 1 } }, { x: new Map([['y', 1]]) }],
  ])('brings an object to the wanted state: %s', (_name, before, wanted) => {
    const { current, handedOut } = given<object>(before);
    expect(reconcile(current, wanted, handedOut)).toEqual(wanted);
    expect(reconcile(before, wanted, handedOut)).toEqual(wanted);
  });

  test('keeps the objects that were handed out, and takes none of the wanted ones', () => {
    const { current, handedOut } = given({ inner: { c: 1 }, list: [{ d: 1 }] });
    const { inner } = current;
    const first = current.list[0];
    const wanted = { inner: { c: 2 }, list: [{ d: 2 }, { d: 3 }] };
    expect(reconcile(current, wanted, handedOut)).toBe(current);
    expect(current.inner).toBe(inner);
    expect(current.list[0]).toBe(first);
    expect(current.list[1]).not.toBe(wanted.list[1]);
  });

  test.each<[string, () => object, () => object]>([
    ['a map', () => new Map([['a', 1]]), () => new Map([['b', { c: 1 }]])],
    ['a set', () => new Set([1]), () => new Set([2, 3])],
    ['a date', () => new Date(1), () => new Date(2)],
    ['bytes', () => new Uint8Array([1, 2]), () => new Uint8Array([3, 4])],
  ])('keeps %s that was handed out', (_name, before, wanted) => {
    const { current, handedOut } = given(before());
    expect(reconcile(current, wanted() as never, handedOut)).toBe(current);
    expect(current).toEqual(wanted());
  });

  test('leaves alone what the application put in, and keeps it where it is equal', () => {
    const { current, handedOut } = given<{ list: object[] }>({ list: [] });
    const own = { a: 1 };
    const moved = { b: 1 };
    current.list.push(own, moved);
    reconcile(current, { list: [{ a: 1 }, { c: 1 }] }, handedOut);
    expect(current.list[0]).toBe(own);
    expect(current.list[1]).toEqual({ c: 1 });
    expect([own, moved]).toEqual([{ a: 1 }, { b: 1 }]);
  });

  test('puts a copy in the place of what was frozen', () => {
    const { current, handedOut } = given({ inner: { list: [1] } });
    Object.freeze(current.inner.list);
    Object.freeze(current.inner);
    expect(reconcile(current, { inner: { list: [1, 2] } }, handedOut)).toBe(current);
    expect(current).toEqual({ inner: { list: [1, 2] } });
  });
});
