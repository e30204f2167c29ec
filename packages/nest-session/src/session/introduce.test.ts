import type { Operation } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { introduceMembers } from './introduce.js';

const set = (path: (string | number)[], value: unknown): Operation => ({
  kind: 'set',
  path: ['data', ...path],
  value: value as never,
});
const begin = (path: string[], items: unknown[]): Operation => ({
  kind: 'splice',
  path: ['data', ...path],
  index: 0,
  deleteCount: 0,
  items: items as never[],
});

describe('introduceMembers', () => {
  test.each<[string, unknown, Operation, Operation[]]>([
    [
      'a new object is set member by member',
      undefined,
      set(['cart'], { items: ['a'], note: 'x', ship: { to: 'me' } }),
      [
        begin(['cart', 'items'], ['a']),
        set(['cart', 'note'], 'x'),
        set(['cart', 'ship', 'to'], 'me'),
      ],
    ],
    [
      'a new list is begun by adding to it',
      undefined,
      set(['list'], [1, 2]),
      [begin(['list'], [1, 2])],
    ],
    [
      'an empty list only makes sure of itself',
      undefined,
      set(['list'], []),
      [begin(['list'], [])],
    ],
    ['an empty object is set', undefined, set(['cart'], {}), [set(['cart'], {})]],
    ['a new number is set', undefined, set(['n'], 1), [set(['n'], 1)]],
    ['a new date is set', undefined, set(['d'], new Date(1)), [set(['d'], new Date(1))]],
    [
      'a new object inside of one that was there',
      { days: {} },
      set(['stats', 'days', 'monday'], { views: 1 }),
      [set(['stats', 'days', 'monday', 'views'], 1)],
    ],
    [
      'what replaces something is set whole',
      { a: 1 },
      set(['x', 'a'], { b: 2 }),
      [set(['x', 'a'], { b: 2 })],
    ],
    ['what replaces a list is set whole', [1], set(['x'], { b: 2 }), [set(['x'], { b: 2 })]],
    [
      'what is too large is set whole',
      undefined,
      set(['x'], Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i]))),
      [set(['x'], Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])))],
    ],
  ])('%s', (_name, shadow, operation, expected) => {
    expect(introduceMembers(shadow as never, [operation])).toEqual(expected);
  });
});
