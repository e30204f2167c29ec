import { rank } from '@understudy/replication/placement';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Availability } from '../health/health-state.js';
import { candidates, type RoutableNode, type Route } from './candidates.js';

function node(label: string, availability: Availability = 'up', more: Partial<RoutableNode> = {}) {
  const fields = { id: label, label, weight: 1, availability, inFlight: 0, sessionsOwned: 0 };
  return { ...fields, loadWeight: more.weight ?? 1, ...more };
}

function order(route: Route, nodes: readonly RoutableNode[]): string {
  return [...candidates(route, nodes)].map((entry) => entry.label).join(' ');
}

function session(...holders: string[]): Route {
  return { kind: 'session', holders, placementKey: () => 'key' };
}

describe('a request with a session', () => {
  const byRank = (labels: string) =>
    rank(
      'key',
      labels.split(' ').map((l) => node(l)),
    );
  const ranked = (labels: string) =>
    byRank(labels)
      .map((entry) => entry.label)
      .join(' ');

  test.each<[string, string[], RoutableNode[], string]>([
    ['owner, backup, placement', ['b', 'c'], ['a', 'b', 'c'].map((l) => node(l)), 'b c a'],
    [
      'draining owner comes after everything that is up',
      ['b', 'c'],
      [node('a'), node('b', 'draining'), node('c')],
      'c a b',
    ],
    [
      'suspect owner comes last',
      ['b', 'c'],
      [node('a', 'draining'), node('b', 'suspect'), node('c')],
      'c a b',
    ],
    ['dead owner is left out', ['b', 'c'], [node('a'), node('b', 'dead'), node('c')], 'c a'],
    ['unknown labels are skipped', ['x', 'c'], [node('a'), node('c')], 'c a'],
    ['everybody dead', ['a'], [node('a', 'dead'), node('b', 'dead')], ''],
    ['nobody', ['a'], [], ''],
    ['a label named twice counts once', ['a', 'a'], [node('a'), node('b')], 'a b'],
  ])('%s', (_name, holders, nodes, expected) => {
    expect(order(session(...holders), nodes)).toBe(expected);
  });

  test('without holders the order is the ranking of the cluster', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((label) => node(label));
    expect(order(session(), nodes)).toBe(ranked('a b c d'));
  });

  test('two balancers with the same view agree, whatever order they learned the nodes in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 }), (labels) => {
        const nodes = labels.map((label) => node(label));
        expect(order(session('c', 'a'), nodes)).toBe(
          order(
            session('c', 'a'),
            [...nodes].sort((x, y) => (x.id < y.id ? -1 : 1)),
          ),
        );
      }),
    );
  });
});

describe('a request without a session', () => {
  const random = (...values: number[]) => {
    let index = 0;
    return () => values[index++ % values.length] as number;
  };

  test('goes to the less loaded of two', () => {
    const nodes = [node('a', 'up', { inFlight: 9 }), node('b', 'up', { inFlight: 3 })];
    expect(order({ kind: 'new', random: random(0, 0) }, nodes)).toBe('b a');
    expect(order({ kind: 'new', random: random(0.99, 0.99) }, nodes)).toBe('b a');
  });

  test('weighs the load by what a node can take', () => {
    const nodes = [
      node('a', 'up', { inFlight: 4, weight: 4 }),
      node('b', 'up', { inFlight: 3, weight: 1 }),
    ];
    expect(order({ kind: 'new', random: random(0, 0) }, nodes)).toBe('a b');
  });

  test('with equal load goes to the node that owns fewer sessions', () => {
    const nodes = [node('a', 'up', { sessionsOwned: 9 }), node('b', 'up', { sessionsOwned: 3 })];
    expect(order({ kind: 'new', random: random(0, 0) }, nodes)).toBe('b a');
  });

  test('never starts with a draining, suspect or weightless node while another is up', () => {
    const nodes = [
      node('a', 'draining'),
      node('b', 'suspect'),
      node('c', 'up', { weight: 0 }),
      node('d', 'up', { inFlight: 1000 }),
    ];
    expect(order({ kind: 'new', random: Math.random }, nodes)).toBe('d c a b');
  });

  test('is spread over all nodes', () => {
    const nodes = ['a', 'b', 'c'].map((label) => node(label));
    const firsts = new Set<string>();
    for (let i = 0; i < 200; i++)
      firsts.add(order({ kind: 'new', random: Math.random }, nodes)[0] ?? '');
    expect(firsts.size).toBe(3);
  });
});

describe('round robin', () => {
  test('takes turns over the nodes that are up', () => {
    const nodes = [node('a'), node('b', 'draining'), node('c'), node('d')];
    const firsts = [0, 1, 2, 3].map((turn) => order({ kind: 'turn', turn }, nodes));
    expect(firsts).toEqual(['a c d b', 'c d a b', 'd a c b', 'a c d b']);
  });
});

describe('for every combination of states and every route', () => {
  const anyNode = (label: string) =>
    fc.record({
      id: fc.constant(label),
      label: fc.constant(label),
      weight: fc.constantFrom(0, 1, 2.5),
      loadWeight: fc.constantFrom(0, 1, 2.5),
      zone: fc.constantFrom(undefined, 'x', 'y'),
      availability: fc.constantFrom<Availability>('up', 'draining', 'suspect', 'dead'),
      inFlight: fc.nat(50),
      sessionsOwned: fc.nat(50),
    });
  const labels = ['a', 'b', 'c', 'd', 'e'];
  const anyNodes = fc.subarray(labels).chain((some) => fc.tuple(...some.map(anyNode)));
  const anyRoute: fc.Arbitrary<Route> = fc.oneof(
    fc.array(fc.constantFrom(...labels, 'zz')).map((holders) => session(...holders)),
    fc.double({ min: 0, max: 1, noNaN: true }).map((value) => ({
      kind: 'new' as const,
      random: () => value,
    })),
    fc.nat().map((turn) => ({ kind: 'turn' as const, turn })),
  );

  test('every node that is not dead is listed once, better ones before worse ones', () => {
    const classes: Availability[] = ['up', 'draining', 'suspect', 'dead'];
    fc.assert(
      fc.property(anyNodes, anyRoute, (nodes, route) => {
        const listed = [...candidates<RoutableNode>(route, nodes)];
        const alive = nodes.filter((entry) => entry.availability !== 'dead');
        expect(new Set(listed)).toEqual(new Set(alive));
        expect(listed).toHaveLength(alive.length);
        const merits = listed.map((entry) => classes.indexOf(entry.availability));
        expect(merits).toEqual([...merits].sort());
      }),
      { numRuns: 2000 },
    );
  });
});
