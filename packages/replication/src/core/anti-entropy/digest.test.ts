import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../test/wire/scripted-cluster.js';
import { bucketOf, DIGEST_BUCKETS, Digest, type Stamp } from './digest.js';

const stamp: fc.Arbitrary<Stamp> = fc.record({
  key: fc.integer({ min: 0, max: 1_000_000 }).map((n) => keyOf(`${n}`)),
  epoch: fc.nat(),
  seq: fc.nat(),
  owner: fc.constantFrom('a~1', 'a~2', 'b~1'),
});
const stamps = fc.uniqueArray(stamp, { maxLength: 40, selector: ({ key }) => key });

function digestOf(list: readonly Stamp[]): Digest {
  const digest = new Digest();
  for (const each of list) digest.add(each);
  return digest;
}

describe('a digest', () => {
  it('does not depend on the order', () => {
    fc.assert(
      fc.property(stamps, (list) => {
        expect(digestOf(list).root()).toEqual(digestOf(list.toReversed()).root());
        expect(digestOf(list).differing(digestOf(list.toReversed()).sums())).toEqual([]);
      }),
    );
  });

  it('of two sets that differ in one stamp differs in its bucket and in no other', () => {
    fc.assert(
      fc.property(stamps, stamp, (list, extra) => {
        const one = digestOf(list.filter(({ key }) => key !== extra.key));
        const other = digestOf([...list.filter(({ key }) => key !== extra.key), extra]);
        expect(one.root()).not.toEqual(other.root());
        expect(one.differing(other.sums())).toEqual([bucketOf(extra.key)]);
        expect(other.countIn(bucketOf(extra.key))).toBe(one.countIn(bucketOf(extra.key)) + 1);
      }),
    );
  });

  it.each([
    { epoch: 4 },
    { seq: 7 },
    { owner: 'b~1' },
    { key: keyOf('other') },
    { epoch: 6, seq: 3 },
    { seq: 6 + 2 ** 32 },
  ])('differs when a stamp has %o', (change) => {
    const before = { key: keyOf('one'), epoch: 3, seq: 6, owner: 'a~1' };
    expect(digestOf([before]).root()).not.toEqual(digestOf([{ ...before, ...change }]).root());
  });

  it('names the buckets that differ from a given one on, then the others', () => {
    const list = Array.from({ length: 2000 }, (_, n) => ({
      key: keyOf(`${n}`),
      epoch: 1,
      seq: 0,
      owner: 'a~1',
    }));
    const buckets = digestOf(list).differing(new Digest().sums(), 250);
    expect(buckets).toHaveLength(DIGEST_BUCKETS);
    expect(buckets.slice(0, 8)).toEqual([250, 251, 252, 253, 254, 255, 0, 1]);
  });
});
