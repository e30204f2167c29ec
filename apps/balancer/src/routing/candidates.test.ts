import { rank } from '@understudy/replication/placement';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routableNode as node } from '../../test/support/routable-node.js';
import type { Availability } from '../health/health-state.js';
import { ASSIGNMENTS, firstAssignment } from './assignment.js';
import { candidates, type RoutableNode, type Route } from './candidates.js';

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

describe('a request that names a node nobody stands in for', () => {
  const pinned = (label: string, staysOnDrain = true): Route => {
    return { kind: 'pinned', label, key: 'key', staysOnDrain };
  };
  const labels = ['a', 'b', 'c'];
  const nodes = (of: Availability) => labels.map((l) => node(l, l === 'b' ? of : 'up'));
  const others = rank('key', nodes('up'))
    .map(({ label }) => label)
    .filter((label) => label !== 'b')
    .join(' ');
  const everybody = rank('key', nodes('up'))
    .map(({ label }) => label)
    .join(' ');

  test.each<[string, Route, Availability, string]>([
    ['goes there', pinned('b'), 'up', `b ${others}`],
    ['even while it drains', pinned('b'), 'draining', `b ${others}`],
    ['not while it drains if it can hand over', pinned('b', false), 'draining', `${others} b`],
    ['elsewhere when it is suspect', pinned('b'), 'suspect', `${others} b`],
    ['elsewhere when it is dead', pinned('b'), 'dead', others],
    ['by the ranking when nobody has that name', pinned('x'), 'up', everybody],
  ])('%s', (_name, route, availability, expected) => {
    expect(order(route, nodes(availability))).toBe(expected);
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
      tunnels: fc.nat(3),
      sessionsOwned: fc.nat(50),
    });
  const labels = ['a', 'b', 'c', 'd', 'e'];
  const anyNodes = fc.subarray(labels).chain((some) => fc.tuple(...some.map(anyNode)));
  const anyRoute: fc.Arbitrary<Route> = fc.oneof(
    fc.array(fc.constantFrom(...labels, 'zz')).map((holders) => session(...holders)),
    fc.record({
      kind: fc.constant('pinned' as const),
      label: fc.constantFrom(...labels, 'zz'),
      key: fc.string(),
      // With true a draining node may come first, which is what it is for.
      staysOnDrain: fc.constant(false),
    }),
    fc
      .record({
        assignment: fc.constantFrom(...ASSIGNMENTS),
        boundedLoad: fc.record({ factor: fc.double({ min: 1, max: 9, noNaN: true }) }),
        random: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => () => value),
        address: fc.ipV4(),
      })
      .map(({ address, ...options }) =>
        firstAssignment(options)({
          request: { headers: {}, url: '/' },
          connection: { address, protocol: 'http' },
        }),
      ),
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
        // Whoever asks again for the next one must get the same order.
        if (route.kind === 'chosen') expect([...candidates(route, nodes)]).toEqual(listed);
      }),
      { numRuns: 2000 },
    );
  });
});
