import { rank } from '@understudy/replication/placement';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routableNode as node } from '../../test/support/routable-node.js';
import { candidates, type RoutableNode } from './candidates.js';

function byHash(key: string, nodes: readonly RoutableNode[], factor: number): RoutableNode[] {
  return [...candidates({ kind: 'keyed', key, boundedLoad: { factor } }, nodes)];
}

const LABELS = ['a', 'b', 'c', 'd', 'e', 'f'];
const idle = LABELS.map((label) => node(label));
const anyNodes = fc
  .subarray(LABELS, { minLength: 1 })
  .chain((labels) =>
    fc.tuple(
      ...labels.map((label) =>
        fc
          .record({ inFlight: fc.nat(30), weight: fc.constantFrom(0, 0.5, 1, 2) })
          .map((more) => node(label, 'up', more)),
      ),
    ),
  );
const anyFactor = fc.double({ min: 1, max: 3, noNaN: true });

describe('a hash with bounded load', () => {
  test('is the ranking of the cluster while nobody has more than a share', () => {
    fc.assert(
      fc.property(fc.string(), anyFactor, (key, factor) => {
        expect(byHash(key, idle, factor)).toEqual(rank(key, idle));
      }),
    );
  });

  test('is the same wherever the same is seen, in whatever order the nodes are known', () => {
    fc.assert(
      fc.property(fc.string(), anyNodes, anyFactor, (key, nodes, factor) => {
        const other = byHash(key, [...nodes].reverse(), factor);
        expect(byHash(key, nodes, factor)).toEqual(other);
      }),
    );
  });

  test('moves the keys of a node that leaves, and no others', () => {
    const stay = idle.filter(({ label }) => label !== 'c');
    let moved = 0;
    for (let at = 0; at < 600; at++) {
      const [before] = byHash(`key ${at}`, idle, 1.25);
      const [after] = byHash(`key ${at}`, stay, 1.25);
      if (before?.label === 'c') moved++;
      else expect(after).toBe(before);
    }
    expect(moved).toBeGreaterThan(50);
    expect(moved).toBeLessThan(200);
  });

  test('never chooses a node beyond its bound, for some node is always within it', () => {
    fc.assert(
      fc.property(fc.string(), anyNodes, anyFactor, (key, nodes, factor) => {
        const [chosen] = byHash(key, nodes, factor);
        const weighted = nodes.filter(({ weight }) => weight > 0);
        if (weighted.length === 0 || chosen === undefined) return;
        const requests = weighted.reduce((sum, { inFlight }) => sum + inFlight, 1);
        const weights = weighted.reduce((sum, { weight }) => sum + weight, 0);
        const bound = Math.ceil((factor * requests * chosen.weight) / weights);
        expect(chosen.inFlight + 1).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 1_000 },
    );
  });

  test('counts the request that is on its way', () => {
    const [first, second] = rank(
      'key',
      LABELS.slice(0, 3).map((label) => node(label)),
    );
    const loads: Record<string, number> = { [first?.label ?? '']: 3, [second?.label ?? '']: 2 };
    const nodes = LABELS.slice(0, 3).map((label) => {
      return node(label, 'up', { inFlight: loads[label] ?? 1 });
    });
    // Of seven each may have three, so that the first is full and the second is not.
    expect(byHash('key', nodes, 1)[0]?.label).toBe(second?.label);
  });

  test('fills nodes that all hash alike up to the factor, and no further', () => {
    const counts = new Map(LABELS.map((label) => [label, 0]));
    for (let at = 1; at <= 600; at++) {
      const nodes = LABELS.map((label) => node(label, 'up', { inFlight: counts.get(label) ?? 0 }));
      const label = byHash('one key', nodes, 1.25)[0]?.label ?? '';
      counts.set(label, (counts.get(label) ?? 0) + 1);
      expect(Math.max(...counts.values())).toBeLessThanOrEqual(Math.ceil((1.25 * at) / 6));
    }
  });

  test('goes by the share a node has now, while its place in the ranking stays', () => {
    const key = 'some key';
    const [first, second] = rank(key, idle) as [RoutableNode, RoutableNode];
    const loadOf = (label: string, loadWeight: number) =>
      LABELS.map((one) => {
        return node(one, 'up', { inFlight: 4, loadWeight: one === label ? loadWeight : 1 });
      });
    expect(byHash(key, loadOf(first.label, 1), 1.25)[0]?.label).toBe(first.label);
    expect(byHash(key, loadOf(first.label, 0.1), 1.25)[0]?.label).toBe(second.label);
    expect(rank(key, loadOf(first.label, 0.1))[0]?.label).toBe(first.label);
  });
});
