import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listWithGaps } from '../../../test/wire/session-values.js';
import { LIMITS } from '../limits.js';
import { alignLists, type Pair } from './align-lists.js';
import type { SessionValue } from './values.js';

const CASES: readonly [string, readonly SessionValue[], readonly SessionValue[], Pair[]][] = [
  ['nothing with nothing', [], ['a'], []],
  [
    'equal ends',
    ['a', 'b', 'c'],
    ['a', 'x', 'y', 'c'],
    [
      [0, 0],
      [2, 3],
    ],
  ],
  ['equal elements between changed ones', ['a', 'b', 'c'], ['x', 'b', 'y'], [[1, 1]]],
  ['what moved up', [{ id: 1 }, { id: 2 }, { id: 3 }], [{ id: 2 }, { id: 4 }], [[1, 0]]],
  [
    'a changed element with its old self',
    [
      { id: 1, n: 1 },
      { id: 2, n: 1 },
    ],
    [{ id: 2, n: 7 }],
    [[1, 0]],
  ],
  [
    'those with most in common',
    [
      { id: 1, n: 1 },
      { id: 2, n: 1 },
    ],
    [{ id: 2, n: 1, gift: true }],
    [[1, 0]],
  ],
  ['an empty object with what it became', [{}], [{ a: 1 }], [[0, 0]]],
  ['no plain values that differ', ['a'], ['b'], []],
  ['rows that share a cell', [[1, 2]], [[1, 3]], [[0, 0]]],
];

describe('list alignment', () => {
  it.each(CASES)('pairs %s', (_name, before, after, pairs) => {
    expect(alignLists(before, after)).toEqual(pairs);
  });

  it('never crosses or repeats, whatever the lists are', () => {
    fc.assert(
      fc.property(listWithGaps, listWithGaps, (before, after) => {
        let last: Pair = [-1, -1];
        for (const pair of alignLists(before, after)) {
          expect(pair[0]).toBeGreaterThan(last[0]);
          expect(pair[1]).toBeGreaterThan(last[1]);
          last = pair;
        }
        expect(last[0]).toBeLessThan(before.length);
        expect(last[1]).toBeLessThan(after.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('compares long lists by their places only', () => {
    const count = Math.ceil(Math.sqrt(LIMITS.alignedPairs)) + 2;
    const before = Array.from({ length: count }, (_, id) => ({ id, n: 0 }));
    const changed = before.map(({ id }) => ({ id, n: 1 }));
    expect(alignLists(before, [...changed, { id: -1, n: 1 }])).toHaveLength(count);
    expect(alignLists(before, changed.slice(1))).toEqual([]);
  });
});
