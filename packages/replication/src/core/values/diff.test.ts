import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listWithGaps, sessionObject } from '../../../test/wire/session-values.js';
import { LIMITS } from '../limits.js';
import { applyOperations } from './apply.js';
import { diff } from './diff.js';
import type { Operation } from './operations.js';
import type { SessionDocument, SessionObject, SessionValue } from './values.js';

function changes(before: SessionObject, after: SessionObject): Operation[] {
  return diff(before, after, ['data']);
}

function applied(before: SessionObject, operations: readonly Operation[]): SessionValue {
  const document: SessionDocument = { data: before, system: {} };
  return applyOperations(document, operations).data;
}

const CASES: readonly [string, SessionObject, SessionObject, readonly Operation[]][] = [
  ['nothing for equal contents', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ['one set for a new key', {}, { a: 1 }, [{ kind: 'set', path: ['data', 'a'], value: 1 }]],
  ['one delete for a key that is gone', { a: 1 }, {}, [{ kind: 'delete', path: ['data', 'a'] }]],
  [
    'a delete for a key that became undefined',
    { a: 1 },
    { a: undefined },
    [{ kind: 'delete', path: ['data', 'a'] }],
  ],
  ['nothing for a key that was undefined and is gone', { a: undefined }, {}, []],
  [
    'the deepest place that changed',
    { user: { name: 'Ann', theme: { dark: false } } },
    { user: { name: 'Ann', theme: { dark: true } } },
    [{ kind: 'set', path: ['data', 'user', 'theme', 'dark'], value: true }],
  ],
  [
    'a place inside an element',
    { items: [{ n: 1 }, { id: 'b', n: 2 }] },
    { items: [{ n: 1 }, { id: 'b', n: 3 }] },
    [{ kind: 'set', path: ['data', 'items', 1, 'n'], value: 3 }],
  ],
  [
    'one splice for the first of many that went',
    { items: [1, 2, 3, 4] },
    { items: [2, 3, 4] },
    [{ kind: 'splice', path: ['data', 'items'], index: 0, deleteCount: 1, items: [] }],
  ],
  [
    'one splice for what was appended',
    { items: [1] },
    { items: [1, 2, 3] },
    [{ kind: 'splice', path: ['data', 'items'], index: 1, deleteCount: 0, items: [2, 3] }],
  ],
  [
    'one splice around the middle',
    { items: [1, 2, 3, 4] },
    { items: [1, 9, 4] },
    [{ kind: 'splice', path: ['data', 'items'], index: 1, deleteCount: 2, items: [9] }],
  ],
  [
    'a whole map, whose entries have no paths',
    { m: new Map([['a', 1]]) },
    { m: new Map([['a', 2]]) },
    [{ kind: 'set', path: ['data', 'm'], value: new Map([['a', 2]]) }],
  ],
  [
    'a set when the type changes',
    { a: [1] },
    { a: { 0: 1 } },
    [{ kind: 'set', path: ['data', 'a'], value: { 0: 1 } }],
  ],
  [
    'a delete for a key named like a method of every object',
    { toString: 1 },
    {},
    [{ kind: 'delete', path: ['data', 'toString'] }],
  ],
  [
    'a set inside an element for a key named like a method of every object',
    { list: [{}] },
    { list: [{ valueOf: 1 }] },
    [{ kind: 'set', path: ['data', 'list', 0, 'valueOf'], value: 1 }],
  ],
];

describe('a diff', () => {
  it.each(CASES)('is %s', (_name, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
    expect(applied(before, changes(before, after))).toEqual(after);
  });

  it('turns what was into what is, for every kind of session value', () => {
    fc.assert(
      fc.property(sessionObject, sessionObject, (before, after) => {
        expect(applied(before, changes(before, after))).toEqual(after);
      }),
      { numRuns: 2000 },
    );
  });

  it('sets a value as a whole when very much of it changed', () => {
    const count = LIMITS.operationsPerValue + 1;
    const many = (n: number) => Array.from({ length: count }, (_, id) => ({ id, n }));
    const before = { big: many(0), small: { a: 1, b: 1 } };
    const after = { big: many(1), small: { a: 2, b: 1 } };
    expect(changes(before, after)).toEqual([
      { kind: 'set', path: ['data', 'big'], value: after.big },
      { kind: 'set', path: ['data', 'small', 'a'], value: 2 },
    ]);
    expect(applied(before, changes(before, after))).toStrictEqual(after);
    expect(changes({}, Object.fromEntries(many(0).map(({ id }) => [id, id])))).toHaveLength(count);
  });

  it('keeps the gaps of a list', () => {
    fc.assert(
      fc.property(listWithGaps, listWithGaps, (before, after) => {
        const { list } = applied({ list: before }, changes({ list: before }, { list: after })) as {
          list: SessionValue[];
        };
        expect(list).toStrictEqual(after);
      }),
      { numRuns: 1000 },
    );
  });

  it('is empty only when nothing changed', () => {
    fc.assert(
      fc.property(sessionObject, sessionObject, (before, after) => {
        const none = changes(before, after).length === 0;
        expect(none).toBe(none ? changes(after, before).length === 0 : false);
      }),
    );
  });
});
