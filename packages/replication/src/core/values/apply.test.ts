import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operation } from '../../../test/wire/operations.js';
import { sessionObject } from '../../../test/wire/session-values.js';
import { applyOperations, isSafePath, valueAt } from './apply.js';
import { assertSessionValue } from './assert-value.js';
import type { Operation } from './operations.js';
import type { Path, SessionDocument, SessionObject, SessionValue } from './values.js';

function applied(data: SessionObject, ...operations: Operation[]): SessionValue {
  return applyOperations({ data, system: {} }, operations).data;
}

function splice(path: Path, index: number, deleteCount: number, items: SessionValue[]): Operation {
  return { kind: 'splice', path, index, deleteCount, items };
}

const CASES: readonly [string, SessionObject, Operation, SessionValue][] = [
  ['set a key', { a: 1 }, { kind: 'set', path: ['data', 'b'], value: 2 }, { a: 1, b: 2 }],
  [
    'set through objects that are not there',
    {},
    { kind: 'set', path: ['data', 'a', 'b', 'c'], value: 1 },
    { a: { b: { c: 1 } } },
  ],
  [
    'set through a value that is no object',
    { a: 'text' },
    { kind: 'set', path: ['data', 'a', 'b'], value: 1 },
    { a: { b: 1 } },
  ],
  [
    'set an element',
    { l: [1, 2] },
    { kind: 'set', path: ['data', 'l', 0], value: 9 },
    { l: [9, 2] },
  ],
  [
    'set an element beyond the end at the end',
    { l: [1] },
    { kind: 'set', path: ['data', 'l', 7], value: 2 },
    { l: [1, 2] },
  ],
  ['delete a key', { a: 1, b: 2 }, { kind: 'delete', path: ['data', 'a'] }, { b: 2 }],
  ['delete a key that is not there', { b: 2 }, { kind: 'delete', path: ['data', 'a'] }, { b: 2 }],
  [
    'delete an element',
    { l: [1, 2, 3] },
    { kind: 'delete', path: ['data', 'l', 1] },
    { l: [1, 3] },
  ],
  ['delete beyond the end', { l: [1] }, { kind: 'delete', path: ['data', 'l', 4] }, { l: [1] }],
  ['increment a number', { n: 2 }, { kind: 'increment', path: ['data', 'n'], by: 3 }, { n: 5 }],
  ['increment what is missing', {}, { kind: 'increment', path: ['data', 'n'], by: 3 }, { n: 3 }],
  ['increment no number', { n: 'x' }, { kind: 'increment', path: ['data', 'n'], by: 3 }, { n: 3 }],
  ['splice', { l: [1, 2, 3] }, splice(['data', 'l'], 1, 1, [8, 9]), { l: [1, 8, 9, 3] }],
  ['splice beyond the end', { l: [1] }, splice(['data', 'l'], 5, 5, [2]), { l: [1, 2] }],
  ['splice into what is missing', {}, splice(['data', 'l'], 0, 0, [1]), { l: [1] }],
  [
    'set a key named like a method of every object',
    {},
    { kind: 'set', path: ['data', 'toString', 'x'], value: 1 },
    { toString: { x: 1 } },
  ],
];

const UNSAFE: readonly Path[] = [
  [],
  ['data'],
  ['other', 'a'],
  ['data', '__proto__'],
  ['data', '__proto__', 'polluted'],
  ['data', 'constructor', 'prototype', 'polluted'],
  ['data', 'a', 'prototype'],
  ['__proto__', 'polluted'],
];

describe('operations', () => {
  it.each(CASES)('%s', (_name, before, change, after) => {
    expect(applied(before, change)).toStrictEqual(after);
  });

  it.each(UNSAFE.map((path) => [path] as const))(
    'leave a document alone when their path is %j',
    (path) => {
      expect(isSafePath(path)).toBe(false);
      const document: SessionDocument = { data: { a: {} }, system: {} };
      const operations: Operation[] = [
        { kind: 'set', path, value: 1 },
        { kind: 'increment', path, by: 1 },
        splice(path, 0, 0, [1]),
      ];
      expect(applyOperations(document, operations)).toBe(document);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  it('apply in order', () => {
    const after = applied(
      {},
      { kind: 'set', path: ['data', 'l'], value: [] },
      splice(['data', 'l'], 0, 0, ['b']),
      splice(['data', 'l'], 0, 0, ['a']),
      { kind: 'delete', path: ['data', 'l', 1] },
    );
    expect(after).toStrictEqual({ l: ['a'] });
  });

  it('never change the document they are applied to', () => {
    fc.assert(
      fc.property(sessionObject, fc.array(operation, { maxLength: 6 }), (data, operations) => {
        const document: SessionDocument = { data, system: { principal: { id: 'u1' } } };
        const before = structuredClone(document);
        applyOperations(deepFrozen(document), deepFrozen(operations));
        expect(document).toStrictEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it('give a document that a session can hold, whatever they are', () => {
    fc.assert(
      fc.property(sessionObject, fc.array(operation, { maxLength: 8 }), (data, operations) => {
        const after = applyOperations({ data, system: {} }, operations);
        expect(() => assertSessionValue(after)).not.toThrow();
        expect(typeof after.data).toBe('object');
        expect(Array.isArray(after.data)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('keep a counter a number when it overflows', () => {
    const path = ['data', 'n'];
    const by = Number.MAX_VALUE;
    expect(
      applied({}, { kind: 'increment', path, by }, { kind: 'increment', path, by }),
    ).toStrictEqual({ n: Number.MAX_VALUE });
    expect(
      applied({}, { kind: 'increment', path, by: -by }, { kind: 'increment', path, by: -by }),
    ).toStrictEqual({ n: -Number.MAX_VALUE });
  });

  it('share what they did not touch', () => {
    const data = { cart: { items: [{ n: 1 }, { n: 2 }] }, user: { name: 'Ann' } };
    const after = applied(data, { kind: 'set', path: ['data', 'cart', 'items', 0, 'n'], value: 5 });
    const { cart, user } = after as unknown as typeof data;
    expect(user).toBe(data.user);
    expect(cart.items[1]).toBe(data.cart.items[1]);
    expect(cart.items[0]).not.toBe(data.cart.items[0]);
  });
});

describe('the value at a path', () => {
  it.each<[Path, SessionValue]>([
    [['data', 'l', 1, 'n'], 2],
    [['data', 'missing', 'n'], undefined],
    [['data', 'toString'], undefined],
    [['data', 'l', 'length'], undefined],
    [['data', 'text', 'length'], undefined],
  ])('%j is %j', (path, expected) => {
    expect(valueAt({ data: { l: [{ n: 1 }, { n: 2 }], text: 'x' }, system: {} }, path)).toBe(
      expected,
    );
  });
});

function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of value instanceof Map ? [...value.values()] : Object.values(value)) {
    deepFrozen(part);
  }
  return Object.freeze(value);
}
