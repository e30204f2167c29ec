import { describe, expect, it } from 'vitest';
import { compareWithCart, Ledger, largestSumWithin } from '../../scripts/chaos/ledger.mjs';

/** `acknowledged` and `unknown` additions of one article, and what the cart holds of it. */
const compare = (acknowledged: number[], unknown: number[], present: number | undefined) => {
  const ledger = new Ledger();
  for (const quantity of acknowledged) ledger.acknowledge('tea', quantity);
  for (const quantity of unknown) ledger.leaveOpen('tea', quantity);
  const [found] = compareWithCart(ledger, present === undefined ? {} : { tea: present });
  return { lost: found?.lost ?? 0, doubled: found?.doubled ?? 0 };
};

describe('compareWithCart', () => {
  it.each([
    { acknowledged: [1, 2, 3], unknown: [], present: 6, lost: 0, doubled: 0 },
    { acknowledged: [1, 2, 3], unknown: [], present: 5, lost: 1, doubled: 0 },
    { acknowledged: [1, 2, 3], unknown: [], present: undefined, lost: 6, doubled: 0 },
    { acknowledged: [1, 2, 3], unknown: [], present: 9, lost: 0, doubled: 3 },
    { acknowledged: [2], unknown: [3], present: 2, lost: 0, doubled: 0 },
    { acknowledged: [2], unknown: [3], present: 5, lost: 0, doubled: 0 },
    { acknowledged: [2], unknown: [3], present: 4, lost: 0, doubled: 2 },
    { acknowledged: [2], unknown: [3], present: 8, lost: 0, doubled: 3 },
    { acknowledged: [2], unknown: [3, 1], present: 6, lost: 0, doubled: 0 },
    { acknowledged: [2], unknown: [3, 1], present: 4, lost: 0, doubled: 1 },
    { acknowledged: [2], unknown: [3], present: 1, lost: 1, doubled: 0 },
    { acknowledged: [], unknown: [], present: 1, lost: 0, doubled: 1 },
  ])('$acknowledged acknowledged, $unknown open, $present present', (row) => {
    const { lost, doubled } = row;
    expect(compare(row.acknowledged, row.unknown, row.present)).toEqual({ lost, doubled });
  });

  it('never sets a loss of one article off against a surplus of another', () => {
    const ledger = new Ledger();
    ledger.acknowledge('tea', 2);
    ledger.acknowledge('mug', 2);
    expect(compareWithCart(ledger, { tea: 1, mug: 3 })).toEqual([
      { sku: 'tea', acknowledged: 2, present: 1, lost: 1, doubled: 0 },
      { sku: 'mug', acknowledged: 2, present: 3, lost: 0, doubled: 1 },
    ]);
  });

  it('is not fooled by an article named like a property of every object', () => {
    const ledger = new Ledger();
    ledger.acknowledge('constructor', 1);
    expect(compareWithCart(ledger, {})).toMatchObject([{ lost: 1 }]);
  });
});

describe('largestSumWithin', () => {
  it.each([
    [[], 5, 0],
    [[3, 3, 3], 8, 6],
    [[5, 4], 3, 0],
    [[2, 5, 7], 9, 9],
    [Array.from({ length: 200 }, () => 3), 599, 597],
  ])('of %j within %i is %i', (quantities, limit, sum) => {
    expect(largestSumWithin(quantities, limit)).toBe(sum);
  });
});
