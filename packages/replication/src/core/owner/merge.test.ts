import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnedRecord } from '../record/record.js';
import { applyOperations } from '../values/apply.js';
import { diff } from '../values/diff.js';
import type { Operation } from '../values/operations.js';
import type { SessionDocument, SessionObject, SessionValue } from '../values/values.js';
import { operationsOnto, rebaseOperations } from './merge.js';

function document(data: SessionObject): SessionDocument {
  return { data, system: {} };
}

/** What a request would send that began with `base` and left `after`. */
function changes(base: SessionDocument, after: SessionObject): Operation[] {
  return diff(base.data, structuredClone(after), ['data']);
}

/** The data after `first` was committed and then `second`, both computed against `base`. */
function merged(data: SessionObject, first: SessionObject, second: SessionObject): SessionObject {
  const base = document(data);
  const current = applyOperations(base, changes(base, first));
  const moved = rebaseOperations(base, current, changes(base, second));
  return applyOperations(current, moved).data;
}

const tea = { sku: 'tea', n: 1 };
const cup = { sku: 'cup', n: 1 };
const pot = { sku: 'pot', n: 1 };

interface Case {
  readonly name: string;
  readonly base: readonly SessionValue[];
  readonly first: readonly SessionValue[];
  readonly second: readonly SessionValue[];
  readonly result: readonly SessionValue[];
}

const LISTS: readonly Case[] = [
  {
    name: 'both of two appends',
    base: [tea],
    first: [tea, cup],
    second: [tea, pot],
    result: [tea, cup, pot],
  },
  {
    name: 'both of two appends to an empty list',
    base: [],
    first: [cup],
    second: [pot],
    result: [cup, pot],
  },
  {
    name: 'the removal of the right element after an earlier one went',
    base: [tea, cup, pot],
    first: [cup, pot],
    second: [tea, cup],
    result: [cup],
  },
  {
    name: 'one removal when both removed the same element',
    base: [tea, cup, pot],
    first: [cup, pot],
    second: [cup, pot],
    result: [cup, pot],
  },
  {
    name: 'one removal when both removed the same plain value',
    base: ['a', 'b', 'c'],
    first: ['b', 'c'],
    second: ['b', 'c'],
    result: ['b', 'c'],
  },
  {
    name: 'a change in an element that moved up',
    base: [tea, cup, pot],
    first: [cup, pot],
    second: [tea, cup, { ...pot, n: 2 }],
    result: [cup, { ...pot, n: 2 }],
  },
  {
    name: 'a change in an element that moved down',
    base: [tea, pot],
    first: [cup, tea, pot],
    second: [{ ...tea, n: 2 }, pot],
    result: [cup, { ...tea, n: 2 }, pot],
  },
  {
    name: 'nothing of a change in an element that was removed',
    base: [tea, cup],
    first: [cup],
    second: [{ ...tea, n: 5 }, cup],
    result: [cup],
  },
  {
    name: 'both of two changes in different places of one element',
    base: [{ sku: 'tea', n: 1, gift: false }, cup],
    first: [{ sku: 'tea', n: 2, gift: false }, cup],
    second: [{ sku: 'tea', n: 1, gift: true }, cup],
    result: [{ sku: 'tea', n: 2, gift: true }, cup],
  },
  {
    name: 'the later of two changes in one place of one element',
    base: [tea],
    first: [{ ...tea, n: 2 }],
    second: [{ ...tea, n: 3 }],
    result: [{ ...tea, n: 3 }],
  },
  {
    name: 'the later of two changes of one plain value',
    base: ['a', 'b'],
    first: ['a', 'c'],
    second: ['a', 'd'],
    result: ['a', 'd'],
  },
  {
    name: 'both of two changes of plain values',
    base: [1, 2],
    first: [5, 2],
    second: [1, 6],
    result: [5, 6],
  },
  {
    name: 'both of two elements that each put in place of one',
    base: [tea],
    first: [{ sku: 'cup', n: 2 }],
    second: [{ sku: 'pot', n: 3 }],
    result: [
      { sku: 'cup', n: 2 },
      { sku: 'pot', n: 3 },
    ],
  },
  {
    name: 'the removal of an element that was changed meanwhile',
    base: [tea, cup],
    first: [{ ...tea, n: 2 }, cup],
    second: [cup],
    result: [cup],
  },
  {
    name: 'an insertion before the same neighbour',
    base: [tea, pot],
    first: [cup, tea, pot],
    second: [tea, 'here', pot],
    result: [cup, tea, 'here', pot],
  },
  {
    name: 'an insertion before the next neighbour that is left',
    base: [tea, cup, pot],
    first: [tea, pot],
    second: [tea, 'here', cup, pot],
    result: [tea, 'here', pot],
  },
  {
    name: 'both of two insertions at one place',
    base: [tea, pot],
    first: [tea, 'first', pot],
    second: [tea, 'second', pot],
    result: [tea, 'first', 'second', pot],
  },
  {
    name: 'a replacement in the middle after an append',
    base: [tea, cup, pot],
    first: [tea, cup, pot, 'more'],
    second: [tea, 'instead', pot],
    result: [tea, 'instead', pot, 'more'],
  },
  {
    name: 'the append to a list that was emptied',
    base: [tea, cup],
    first: [],
    second: [tea, cup, pot],
    result: [pot],
  },
  {
    name: 'a change in a neighbour of what one request removed and changed',
    base: [tea, cup, pot, 'end'],
    first: [cup, { ...pot, n: 7 }, 'end'],
    second: [tea, { ...cup, n: 2 }, pot, 'end'],
    result: [{ ...cup, n: 2 }, { ...pot, n: 7 }, 'end'],
  },
  {
    name: 'a change in an element that is more like its old self than like what went',
    base: [tea, cup],
    first: [{ ...cup, gift: true }],
    second: [tea, { ...cup, n: 2 }],
    result: [{ ...cup, n: 2, gift: true }],
  },
  {
    name: 'what one request put in place of an element that the other removed',
    base: [tea, pot],
    first: [pot],
    second: ['instead', pot],
    result: ['instead', pot],
  },
];

describe('two requests that change one list leave', () => {
  it.each(LISTS)('$name', ({ base, first, second, result }) => {
    expect(merged({ items: base }, { items: first }, { items: second })).toStrictEqual({
      items: result,
    });
  });
});

describe('two requests that change one object leave', () => {
  it.each<[string, SessionObject, SessionObject, SessionObject, SessionObject]>([
    ['both of two keys', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['the later of one key', { a: 1 }, { a: 2 }, { a: 3 }, { a: 3 }],
    [
      'a change and a removal of different keys',
      { a: 1, b: 1 },
      { b: 1 },
      { a: 1, b: 2 },
      { b: 2 },
    ],
    [
      'no object in place of a list that one of them removed',
      { items: [tea] },
      {},
      { items: [{ ...tea, n: 2 }] },
      {},
    ],
    [
      'a list with the addition when one of them removed the list',
      { items: [tea] },
      {},
      { items: [tea, cup] },
      { items: [cup] },
    ],
    [
      'the value that replaced a list',
      { items: [tea] },
      { items: 'none' },
      { items: [{ ...tea, n: 2 }] },
      { items: 'none' },
    ],
  ])('%s', (_name, base, first, second, result) => {
    expect(merged(base, first, second)).toStrictEqual(result);
  });

  it('every increment', () => {
    const base = document({ n: 1 });
    const operations: Operation[] = [{ kind: 'increment', path: ['data', 'n'], by: 2 }];
    const current = applyOperations(base, operations);
    const moved = rebaseOperations(base, current, operations);
    expect(applyOperations(current, moved).data).toEqual({ n: 5 });
  });
});

/** Who changes what: parts of the base, each left alone or given to one of two requests. */
const hand = fc.constantFrom('nobody', 'first', 'second');
const act = fc.constantFrom('change', 'remove');

describe('disjoint changes of two requests', () => {
  it('all survive, whichever is committed first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hand, act), { maxLength: 8 }),
        fc.array(fc.tuple(hand, act), { maxLength: 4 }),
        fc.nat({ max: 2 }),
        fc.nat({ max: 2 }),
        (elements, keys, appendsOfFirst, appendsOfSecond) => {
          const edited = (by: string, appends: number): SessionObject => ({
            ...keyed(keys, by),
            items: [...listed(elements, by), ...added(by, appends)],
          });
          const base = edited('nobody else', 0);
          const first = edited('first', appendsOfFirst);
          const second = edited('second', appendsOfSecond);
          const additions = [
            ...added('first', appendsOfFirst),
            ...added('second', appendsOfSecond),
          ];
          for (const result of [merged(base, first, second), merged(base, second, first)]) {
            const { items, ...rest } = result as { items: SessionValue[] };
            expect(rest).toStrictEqual(keyed(keys, 'both'));
            expect(items.filter((item) => typeof item === 'object')).toStrictEqual(
              listed(elements, 'both'),
            );
            const found = items.filter((item) => typeof item === 'string');
            expect(found.toSorted()).toStrictEqual(additions.toSorted());
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

type Share = readonly [by: string, act: string];

function concerns([by]: Share, who: string): boolean {
  return who === 'both' ? by !== 'nobody' : by === who;
}

function listed(shares: readonly Share[], who: string): SessionValue[] {
  return shares.flatMap((share, id) => {
    if (!concerns(share, who)) return [{ id, n: 0 }];
    return share[1] === 'remove' ? [] : [{ id, n: 1 }];
  });
}

function keyed(shares: readonly Share[], who: string): SessionObject {
  const entries = shares.flatMap((share, id): [string, SessionValue][] => {
    if (!concerns(share, who)) return [[`k${id}`, 0]];
    return share[1] === 'remove' ? [] : [[`k${id}`, 1]];
  });
  return Object.fromEntries(entries);
}

function added(by: string, count: number): SessionValue[] {
  return Array.from({ length: count }, (_, index) => `${by} ${index}`);
}

describe('a commit against a version in the history', () => {
  /** Three documents: the first line is removed, then the second is changed. */
  function recordAfterTwoCommits(): OwnedRecord {
    const zero = document({ items: [tea, cup, pot] });
    const one = applyOperations(zero, changes(zero, { items: [cup, pot] }));
    const two = applyOperations(one, changes(one, { items: [{ ...cup, n: 2 }, pot] }));
    const versions = [zero, one, two];
    const history = versions.map((version, seq) => ({ epoch: 3, seq, document: version }));
    return { epoch: 3, seq: 2, history, content: { document: two } } as unknown as OwnedRecord;
  }
  const change: Operation = { kind: 'set', path: ['data', 'items', 1, 'gift'], value: true };

  it('follows an element through every commit since', () => {
    const moved = operationsOnto(recordAfterTwoCommits(), { epoch: 3, seq: 0 }, [change]);
    expect(moved).toEqual([{ ...change, path: ['data', 'items', 0, 'gift'] }]);
  });

  it.each([
    ['is the present one', { epoch: 3, seq: 2 }],
    ['is older than the history', { epoch: 3, seq: 9 }],
    ['is of another epoch', { epoch: 2, seq: 0 }],
  ])('stays as it is when its base %s', (_name, base) => {
    expect(operationsOnto(recordAfterTwoCommits(), base, [change])).toEqual([change]);
  });
});
