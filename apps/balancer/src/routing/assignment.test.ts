import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routableNode as node } from '../../test/support/routable-node.js';
import { type Assign, type Assignment, firstAssignment } from './assignment.js';
import { candidates, type RoutableNode } from './candidates.js';

const FACTS = {
  request: { headers: {}, url: '/' },
  connection: { address: '192.0.2.1', protocol: 'http' },
} as const;

function assignBy(assignment: Assignment, random: () => number = Math.random): Assign {
  return firstAssignment({ assignment, random, boundedLoad: { factor: 1.25 } });
}

function order(assign: Assign, nodes: readonly RoutableNode[]): string {
  return [...candidates(assign(FACTS), nodes)].map(({ label }) => label).join(' ');
}

function firsts(assign: Assign, nodes: readonly RoutableNode[], times: number): string {
  return Array.from({ length: times }, () => order(assign, nodes)[0]).join('');
}

function countOf(labels: string, label: string): number {
  return labels.split(label).length - 1;
}

/** The same numbers again and again. */
function random(...values: number[]): () => number {
  let index = 0;
  return () => values[index++ % values.length] as number;
}

/** Numbers that are spread evenly, and the same in every run. */
function even(): () => number {
  let value = 0;
  return () => {
    value = (value + 0.754877666) % 1;
    return value;
  };
}

describe('power of two choices', () => {
  test('goes to the less loaded of two', () => {
    const nodes = [node('a', 'up', { inFlight: 9 }), node('b', 'up', { inFlight: 3 })];
    expect(order(assignBy('p2c', random(0, 0)), nodes)).toBe('b a');
    expect(order(assignBy('p2c', random(0.99, 0.99)), nodes)).toBe('b a');
  });

  test('weighs the load by what a node can take', () => {
    const nodes = [
      node('a', 'up', { inFlight: 4, weight: 4 }),
      node('b', 'up', { inFlight: 3, weight: 1 }),
    ];
    expect(order(assignBy('p2c', random(0, 0)), nodes)).toBe('a b');
  });

  test('with equal load goes to the node that owns fewer sessions', () => {
    const nodes = [node('a', 'up', { sessionsOwned: 9 }), node('b', 'up', { sessionsOwned: 3 })];
    expect(order(assignBy('p2c', random(0, 0)), nodes)).toBe('b a');
  });

  test('never starts with a draining, suspect or weightless node while another is up', () => {
    const nodes = [
      node('a', 'draining'),
      node('b', 'suspect'),
      node('c', 'up', { weight: 0 }),
      node('d', 'up', { inFlight: 1000 }),
    ];
    expect(order(assignBy('p2c'), nodes)).toBe('d c a b');
  });

  test('is spread over all nodes', () => {
    const nodes = ['a', 'b', 'c'].map((label) => node(label));
    expect(new Set(firsts(assignBy('p2c'), nodes, 200)).size).toBe(3);
  });

  test('draws idle nodes by their weight', () => {
    const nodes = [node('a', 'up', { weight: 3 }), node('b')];
    const chosen = firsts(assignBy('p2c', even()), nodes, 1_000);
    expect(countOf(chosen, 'a')).toBeGreaterThan(700);
    expect(countOf(chosen, 'b')).toBeGreaterThan(200);
  });

  test('does not hand every session to the node that has just begun', () => {
    const nodes = [
      node('a', 'up', { sessionsOwned: 500 }),
      node('b', 'up', { sessionsOwned: 500 }),
      node('c', 'up', { loadWeight: 0.1 }),
    ];
    expect(countOf(firsts(assignBy('p2c', even()), nodes, 1_000), 'c')).toBeLessThan(200);
  });
});

describe('round robin', () => {
  test('takes turns over the nodes that are up', () => {
    const nodes = [node('a'), node('b', 'draining'), node('c'), node('d')];
    expect(firsts(assignBy('round-robin'), nodes, 7)).toBe('acdacda');
  });

  test.each<[number[], string]>([
    [[2, 1], 'abaaba'],
    [[5, 1, 1], 'aabacaa'],
    [[1, 0, 1], 'acacac'],
    [[0.5, 0.25, 0.25], 'abcaabca'],
  ])('with weights %j it is %s', (weights, expected) => {
    const nodes = weights.map((weight, at) => node('abc'[at] as string, 'up', { weight }));
    expect(firsts(assignBy('round-robin'), nodes, expected.length)).toBe(expected);
  });

  test('gives every node its share, whatever the weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (weights) => {
          const nodes = weights.map((weight, at) => node('abcdef'[at] as string, 'up', { weight }));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const assign = assignBy('round-robin');
          const chosen = firsts(assign, nodes, 100);
          for (const { label, weight } of nodes) {
            const due = (100 * weight) / total;
            expect(Math.abs(countOf(chosen, label) - due)).toBeLessThan(nodes.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('takes one turn for a request, however often its next node is looked for', () => {
    const nodes = [node('a'), node('b'), node('c')];
    const assign = assignBy('round-robin');
    const route = assign(FACTS);
    const ask = () => [...candidates(route, nodes)][0]?.label;
    expect([ask(), ask(), ask()]).toEqual(['a', 'a', 'a']);
    expect(firsts(assign, nodes, 2)).toBe('bc');
  });
});

describe('least connections', () => {
  test('counts requests and tunnels, by weight', () => {
    const nodes = [
      node('a', 'up', { inFlight: 2, weight: 1 }),
      node('b', 'up', { inFlight: 1, tunnels: 2, weight: 2 }),
      node('c', 'up', { tunnels: 9 }),
    ];
    expect(order(assignBy('least-connections'), nodes)).toBe('b c a');
  });

  test('takes turns by weight where all have the same', () => {
    const nodes = [node('a', 'up', { weight: 2 }), node('b'), node('c', 'suspect')];
    expect(firsts(assignBy('least-connections'), nodes, 6)).toBe('abaaba');
  });

  test('has an answer when nobody is well', () => {
    expect(order(assignBy('least-connections'), [node('a', 'dead'), node('b', 'suspect')])).toBe(
      'b',
    );
  });
});

describe.each<Assignment>(['p2c', 'least-connections', 'round-robin'])('%s', (assignment) => {
  test.each(['draining', 'suspect'] as const)(
    'spreads over all when all are %s',
    (availability) => {
      const nodes = ['a', 'b', 'c'].map((label) => node(label, availability));
      const chosen = firsts(assignBy(assignment, even()), [...nodes, node('d', 'dead')], 60);
      expect(new Set(chosen)).toEqual(new Set('abc'));
    },
  );
});

describe('by a hash of the address', () => {
  const nodes = ['a', 'b', 'c'].map((label) => node(label));
  const from = (address: string): string => {
    const facts = { ...FACTS, connection: { address, protocol: 'http' } as const };
    const [first] = candidates(assignBy('hash')(facts), nodes);
    return first?.label ?? '';
  };

  test('one client comes to one node, many come to all of them', () => {
    const addresses = Array.from({ length: 60 }, (_, at) => `192.0.2.${at}`);
    for (const address of addresses) expect(from(address)).toBe(from(address));
    expect(new Set(addresses.map(from)).size).toBe(3);
  });

  test('who has no address is spread by load', () => {
    expect('abc').toContain(from('unknown'));
  });
});
