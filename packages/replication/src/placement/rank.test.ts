import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlacementMember, rank, ranksFirst } from './rank.js';

const KEYS = Array.from({ length: 100_000 }, (_, index) =>
  createHash('sha256').update(`key ${index}`).digest('base64url'),
);

function nodes(count: number, parts: (index: number) => Partial<PlacementMember> = () => ({})) {
  return Array.from({ length: count }, (_, index) => ({
    id: `node-${index + 1}`,
    ...parts(index),
  }));
}

/** How many keys each member ranks first for. */
function firsts(members: readonly PlacementMember[]): Map<string, number> {
  const counts = new Map(members.map((member) => [member.id, 0]));
  for (const key of KEYS) {
    const [first] = rank(key, members);
    if (first) counts.set(first.id, (counts.get(first.id) ?? 0) + 1);
  }
  return counts;
}

const ids = (members: readonly PlacementMember[]) => members.map((member) => member.id);

describe('placement', () => {
  it.each([2, 3, 5, 8, 16])('gives each of %i nodes its share within a few percent', (count) => {
    const share = KEYS.length / count;
    for (const owned of firsts(nodes(count)).values()) {
      // Four standard deviations of a fair draw.
      const tolerance = 4 * Math.sqrt(share * (1 - 1 / count));
      expect(Math.abs(owned - share)).toBeLessThan(tolerance);
    }
  });

  it('spreads what one node owns evenly over the others, should it die', () => {
    const counts = new Map<string, number>();
    for (const key of KEYS) {
      const pair = ids(rank(key, nodes(5)).slice(0, 2)).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    const share = KEYS.length / 20;
    for (const count of counts.values()) expect(Math.abs(count - share)).toBeLessThan(share * 0.08);
  });

  it('spreads keys that differ in one character only', () => {
    const members = nodes(4);
    const counts = new Map<string, number>();
    for (let index = 0; index < 8000; index++) {
      const { id } = rank(`session-${index}`, members)[0] as PlacementMember;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('gives shares in proportion to the weights, and nothing to weight 0', () => {
    const members = nodes(4, (index) => ({ weight: index }));
    const counts = [...firsts(members).values()];
    expect(counts[0]).toBe(0);
    for (const weight of [1, 2, 3]) {
      const share = (KEYS.length * weight) / 6;
      expect(Math.abs((counts[weight] as number) - share)).toBeLessThan(share * 0.03);
    }
  });

  it('moves only what a removed node held, and keeps the order of the rest', () => {
    const members = nodes(6);
    const rest = members.filter((member) => member.id !== 'node-3');
    for (const key of KEYS.slice(0, 5000)) {
      const before = ids(rank(key, members)).filter((id) => id !== 'node-3');
      expect(ids(rank(key, rest))).toEqual(before);
    }
  });

  it('moves no owner when a node is removed from one of several zones', () => {
    const members = nodes(6, (index) => ({ zone: `z${index % 3}` }));
    const rest = members.filter((member) => member.id !== 'node-3');
    for (const key of KEYS.slice(0, 5000)) {
      const [before] = ids(rank(key, members));
      if (before !== 'node-3') expect(ids(rank(key, rest))[0]).toBe(before);
    }
  });

  it('moves only keys that a changed weight takes or gives', () => {
    const before = nodes(4);
    const after = nodes(4, (index) => ({ weight: index === 0 ? 2 : 1 }));
    for (const key of KEYS.slice(0, 5000)) {
      const [was] = ids(rank(key, before));
      const [is] = ids(rank(key, after));
      if (is !== was) expect(is).toBe('node-1');
    }
  });

  it('names one node of each zone before a second of any', () => {
    const members = nodes(7, (index) => ({ zone: ['east', 'west', 'north'][index % 3] }));
    for (const key of KEYS.slice(0, 2000)) {
      const zones = rank(key, members).map((member) => member.zone);
      expect(new Set(zones.slice(0, 3)).size).toBe(3);
      expect(new Set(zones.slice(3, 6)).size).toBe(3);
    }
  });

  it('survives the loss of a zone with one backup', () => {
    const members = nodes(6, (index) => ({ zone: index < 3 ? 'east' : 'west' }));
    for (const key of KEYS.slice(0, 5000)) {
      const [owner, backup] = rank(key, members) as [PlacementMember, PlacementMember];
      expect(owner.zone).not.toBe(backup.zone);
    }
  });

  it('takes nodes without a zone for one zone', () => {
    const members = [{ id: 'a' }, { id: 'b' }, { id: 'c', zone: 'east' }];
    for (const key of KEYS.slice(0, 200)) {
      const [owner, backup] = rank(key, members) as [PlacementMember, PlacementMember];
      expect([owner.zone, backup.zone]).toContain('east');
    }
  });

  it('does not depend on the order in which members are known', () => {
    const member = fc.record({
      id: fc.string({ minLength: 1, maxLength: 6 }),
      weight: fc.integer({ min: 1, max: 5 }),
      zone: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    });
    const members = fc.uniqueArray(member, { selector: ({ id }) => id, maxLength: 16 });
    fc.assert(
      fc.property(members, fc.string(), (known, key) => {
        const ranked = rank(key, known);
        expect(rank(key, known.toReversed())).toEqual(ranked);
        expect(ids(ranked).toSorted()).toEqual(ids(known).toSorted());
        for (const { id } of known) expect(ranksFirst(key, id, known)).toBe(id === ranked[0]?.id);
      }),
    );
  });

  it('knows nobody where there is nobody', () => {
    expect(rank('k', [])).toEqual([]);
    expect(ranksFirst('k', 'a', [])).toBe(false);
    expect(ranksFirst('k', 'a', [{ id: 'a', weight: 0 }])).toBe(false);
  });
});

/**
 * Nodes and balancers of different versions must agree: these orders are part of the wire contract.
 * A change here is a new wire version, not a new expectation.
 */
describe('the order of placement of wire version 1', () => {
  const PLAIN = nodes(5);
  const WEIGHTED = nodes(4, (index) => ({ weight: [1, 2, 0.5, 0][index] ?? 0 }));
  const ZONED = nodes(6, (index) => ({ zone: ['a', 'b', undefined][index % 3] }));

  it.each([
    ['', '15243', '2134', '615243'],
    ['k', '52431', '2134', '546231'],
    ['Saxd4hntrmL5_e6g_D869I_YMvIvrFCCCsERdNbgaL0', '25341', '2314', '234561'],
    ['Inul8sbJEJ_lxEoGlvOTN5YHSTo3f1Iu4n2aeuMifYk', '24135', '2134', '243165'],
    ['CPIl_gjpSlsdotpAefzRp2R9N1zJViSmxtZab8hLMkM', '43512', '3214', '435162'],
  ])('is what it was for %j', (key, plain, weighted, zoned) => {
    expect(order(key, PLAIN)).toBe(plain);
    expect(order(key, WEIGHTED)).toBe(weighted);
    expect(order(key, ZONED)).toBe(zoned);
  });

  function order(key: string, members: readonly PlacementMember[]): string {
    return rank(key, members)
      .map((member) => member.id.slice(-1))
      .join('');
  }
});
