import type { Operation, SessionObject } from '@understudy/replication';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionUsageError, SessionValueRefusedError } from '../errors.js';
import { RecordingBag } from './recording-bag.js';

const bagOf = (base: SessionObject) => new RecordingBag('data', base);
const operationsOf = (base: SessionObject, act: (bag: RecordingBag) => void): Operation[] => {
  const bag = bagOf(base);
  act(bag);
  return [...bag.change().operations];
};

interface Cart {
  items: string[];
  note?: string;
}

describe('RecordingBag', () => {
  test.each<[string, SessionObject, (bag: RecordingBag) => void, Operation[]]>([
    ['reading changes nothing', { cart: { items: ['a'] } }, (bag) => bag.get('cart'), []],
    [
      'a new property is set',
      {},
      (bag) => bag.set('visits', 1),
      [{ kind: 'set', path: ['data', 'visits'], value: 1 }],
    ],
    ['the same value again is no change', { visits: 1 }, (bag) => bag.set('visits', 1), []],
    [
      'an equal object in its place is no change',
      { cart: { items: ['a'] } },
      (bag) => bag.set('cart', { items: ['a'] }),
      [],
    ],
    [
      'a change inside is found',
      { cart: { items: ['a'], note: 'x' } },
      (bag) => {
        (bag.get('cart') as Cart).note = 'y';
      },
      [{ kind: 'set', path: ['data', 'cart', 'note'], value: 'y' }],
    ],
    [
      'taking the first of many costs one splice',
      { cart: { items: ['a', 'b', 'c'] } },
      (bag) => (bag.get('cart') as Cart).items.shift(),
      [{ kind: 'splice', path: ['data', 'cart', 'items'], index: 0, deleteCount: 1, items: [] }],
    ],
    [
      'a deleted property is deleted',
      { visits: 1 },
      (bag) => bag.delete('visits'),
      [{ kind: 'delete', path: ['data', 'visits'] }],
    ],
    [
      'undefined is the same as deleted',
      { visits: 1 },
      (bag) => bag.set('visits', undefined),
      [{ kind: 'delete', path: ['data', 'visits'] }],
    ],
    [
      'what comes and goes was never there',
      {},
      (bag) => {
        bag.set('visits', 1);
        bag.delete('visits');
      },
      [],
    ],
    [
      'a date changed in place is found',
      { seen: new Date(0) },
      (bag) => (bag.get('seen') as Date).setTime(5),
      [{ kind: 'set', path: ['data', 'seen'], value: new Date(5) }],
    ],
    [
      'an entry added to a map is found',
      { tags: new Map([['a', 1]]) },
      (bag) => (bag.get('tags') as Map<string, number>).set('b', 2),
      [
        {
          kind: 'set',
          path: ['data', 'tags'],
          value: new Map([
            ['a', 1],
            ['b', 2],
          ]),
        },
      ],
    ],
    [
      'a changed byte is found',
      { bytes: new Uint8Array([1, 2]) },
      (bag) => {
        (bag.get('bytes') as Uint8Array)[0] = 9;
      },
      [{ kind: 'set', path: ['data', 'bytes'], value: new Uint8Array([9, 2]) }],
    ],
  ])('%s', (_name, base, act, expected) => {
    expect(operationsOf(base, act)).toEqual(expected);
  });

  test('never changes the object it shows', () => {
    const base = { cart: { items: ['a'] } };
    const bag = bagOf(base);
    (bag.get('cart') as Cart).items.push('b');
    bag.delete('cart');
    expect(base).toEqual({ cart: { items: ['a'] } });
  });

  test('lets go of nothing the application holds', () => {
    const bag = bagOf({});
    const cart: Cart = { items: ['a'] };
    bag.set('cart', cart);
    const begun = (items: string[]) => [
      { kind: 'splice', path: ['data', 'cart', 'items'], index: 0, deleteCount: 0, items },
    ];
    const { operations } = bag.change();
    cart.items.push('b');
    expect(operations).toEqual(begun(['a']));
    expect(bag.change().operations).toEqual(begun(['a', 'b']));
  });

  test.each([
    ['a function', () => 1, /data\.bad is a function/],
    ['a symbol', Symbol('x'), /data\.bad is a symbol/],
    ['a class instance', new (class Cat {})(), /data\.bad is an instance of Cat/],
    ['NaN deep inside', { list: [1, { n: Number.NaN }] }, /data\.bad\.list\[1\]\.n is NaN/],
  ])('refuses %s where it is assigned', (_name, value, message) => {
    const bag = bagOf({});
    expect(() => bag.set('bad', value)).toThrow(SessionValueRefusedError);
    expect(() => bag.set('bad', value)).toThrow(message);
    expect(bag.change().operations).toEqual([]);
  });

  test('refuses what was put inside later, with its path, when asked for the change', () => {
    const bag = bagOf({ cart: { items: [] } });
    (bag.get('cart') as { items: unknown[] }).items.push(() => 1);
    expect(() => bag.change()).toThrow(/data\.cart\.items\[0\] is a function/);
  });

  test('sets whole keys when a change has more operations than a commit may carry', () => {
    const before = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i]));
    const after = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i + 1]));
    const operations = operationsOf({ table: before }, (bag) => bag.set('table', after));
    expect(operations).toEqual([{ kind: 'set', path: ['data', 'table'], value: after }]);
  });

  test('lists, has and empties like the object it stands for', () => {
    const bag = bagOf({ a: 1, b: { c: 2 } });
    bag.set('d', 3);
    bag.delete('a');
    expect(bag.keys()).toEqual(['b', 'd']);
    expect([bag.has('a'), bag.has('b'), bag.has('toString')]).toEqual([false, true, false]);
    expect(bag.contents()).toEqual({ b: { c: 2 }, d: 3 });
    bag.clear();
    expect(bag.keys()).toEqual([]);
  });
});

describe('RecordingBag.increment', () => {
  test.each<[string, SessionObject, string[], number, Operation[]]>([
    ['a number', { n: 1 }, ['n'], 3, [{ kind: 'increment', path: ['data', 'n'], by: 2 }]],
    ['what is missing', {}, ['n'], 2, [{ kind: 'increment', path: ['data', 'n'], by: 2 }]],
    [
      'a number inside',
      { stats: { views: 5 } },
      ['stats', 'views'],
      7,
      [{ kind: 'increment', path: ['data', 'stats', 'views'], by: 2 }],
    ],
    [
      'a number in an object that is not there yet',
      {},
      ['stats', 'views'],
      2,
      [{ kind: 'increment', path: ['data', 'stats', 'views'], by: 2 }],
    ],
  ])('adds to %s', (_name, base, path, sum, expected) => {
    const bag = bagOf(base);
    expect(bag.increment(path, 2)).toBe(sum);
    expect(bag.change().operations).toEqual(expected);
  });

  test('replaces what is no number any more in this request', () => {
    const bag = bagOf({ n: 'one' });
    bag.set('n', 1);
    expect(bag.increment(['n'], 2)).toBe(3);
    expect(bag.change().operations).toEqual([{ kind: 'set', path: ['data', 'n'], value: 3 }]);
  });

  test('adds up with what was written before and after', () => {
    const bag = bagOf({ n: 1 });
    bag.set('n', 10);
    bag.increment(['n'], 1);
    expect(bag.get('n')).toBe(11);
    bag.set('n', 0);
    expect(bag.change().operations).toEqual([
      { kind: 'increment', path: ['data', 'n'], by: 1 },
      { kind: 'set', path: ['data', 'n'], value: 0 },
    ]);
  });

  test.each<[string, SessionObject, string[], number]>([
    ['text', { n: 'one' }, ['n'], 1],
    ['inside a number', { n: 1 }, ['n', 'm'], 1],
    ['inside a list', { n: [1] }, ['n', '0'], 1],
    ['by nothing that is a number', { n: 1 }, ['n'], Number.NaN],
  ])('refuses %s', (_name, base, path, by) => {
    expect(() => bagOf(base).increment(path, by)).toThrow(SessionUsageError);
  });
});

describe('RecordingBag.preview', () => {
  test('shows what was only added to, with everything around it', () => {
    const bag = bagOf({ stats: { views: 1, likes: 3 } });
    bag.increment(['n'], 2);
    bag.increment(['stats', 'views'], 2);
    bag.set('name', 'Ada');
    const expected = { n: 2, name: 'Ada', stats: { views: 3, likes: 3 } };
    expect(bag.preview(bag.change())).toEqual(expected);
  });

  test('of a change with too many operations has its sums as well, as do the whole keys', () => {
    const bag = bagOf({ n: 1 });
    bag.increment(['n'], 1);
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}`, at]));
    for (const [key, value] of Object.entries(many)) bag.set(key, value);
    const change = bag.change();
    expect(bag.preview(change)).toEqual({ ...many, n: 2 });
    expect(change.operations).toContainEqual({ kind: 'set', path: ['data', 'n'], value: 2 });
  });
});

describe('RecordingBag after a commit', () => {
  test('has nothing left to store', () => {
    const bag = bagOf({ n: 1 });
    bag.set('cart', { items: ['a'] });
    bag.increment(['n'], 1);
    const change = bag.change();
    bag.settle(change, { n: 2, cart: { items: ['a'] } });
    expect(bag.change().operations).toEqual([]);
    expect([bag.get('n'), bag.get('cart')]).toEqual([2, { items: ['a'] }]);
  });

  test('shows what others changed, also through references the application holds', () => {
    const bag = bagOf({ cart: { items: ['a'], note: 'old' }, n: 1 });
    const cart = bag.get('cart') as Cart;
    cart.items.push('b');
    const change = bag.change();
    bag.settle(change, { cart: { items: ['a', 'b', 'c'] }, n: 5 });
    expect(cart).toEqual({ items: ['a', 'b', 'c'] });
    expect(bag.get('cart')).toBe(cart);
    expect(bag.get('n')).toBe(5);
    cart.items.push('d');
    expect(bag.change().operations).toEqual([
      { kind: 'splice', path: ['data', 'cart', 'items'], index: 3, deleteCount: 0, items: ['d'] },
    ]);
  });

  test('keeps what was changed during the commit, and reverts nothing of others', () => {
    const bag = bagOf({ cart: { items: ['a'] } });
    const cart = bag.get('cart') as Cart;
    cart.items.push('b');
    const change = bag.change();
    cart.note = 'late';
    bag.settle(change, { cart: { items: ['x', 'a', 'b'] } });
    expect(bag.change().operations).toEqual([
      { kind: 'set', path: ['data', 'cart', 'note'], value: 'late' },
    ]);
  });

  test('keeps an increment made while the commit was on its way', () => {
    const bag = bagOf({ n: 1 });
    bag.increment(['n'], 1);
    const change = bag.change();
    bag.increment(['n'], 5);
    bag.settle(change, { n: 2 });
    expect(bag.get('n')).toBe(7);
    expect(bag.change().operations).toEqual([{ kind: 'increment', path: ['data', 'n'], by: 5 }]);
  });

  test('changes an object of the application once it is stored, and no sooner', () => {
    const bag = bagOf({});
    const cart: Cart = { items: ['a'] };
    bag.set('cart', cart);
    bag.settle(bag.change(), { cart: { items: ['x', 'a'] } });
    expect(cart).toEqual({ items: ['a'] });
    expect(bag.get('cart')).toEqual({ items: ['x', 'a'] });
    const other: Cart = { items: ['b'] };
    bag.set('cart', other);
    bag.settle(bag.change(), { cart: { items: ['b'] } });
    bag.rebase({ cart: { items: ['b', 'c'] } });
    expect(other).toEqual({ items: ['b', 'c'] });
    expect(bag.get('cart')).toBe(other);
  });

  test('forgets what was not committed when it is reset', () => {
    const bag = bagOf({ cart: { items: ['a'] }, n: 1 });
    const cart = bag.get('cart') as Cart;
    cart.items.push('b');
    bag.increment(['n'], 1);
    bag.set('extra', true);
    bag.reset({ cart: { items: ['a'] }, n: 1 });
    expect(cart).toEqual({ items: ['a'] });
    expect(bag.keys()).toEqual(['cart', 'n']);
    expect(bag.change().operations).toEqual([]);
  });
});

describe('RecordingBag, for any changes', () => {
  const forbiddenName = /"(__proto__|constructor|prototype)":/;
  const value = fc
    .jsonValue({ maxDepth: 3 })
    .filter((candidate) => !forbiddenName.test(JSON.stringify(candidate)));
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, {
    noNullPrototype: true,
  });

  test('a bag that was changed and settled shows the same as one opened on the result', () => {
    fc.assert(
      fc.property(object, object, (before, wanted) => {
        const bag = bagOf(before as SessionObject);
        for (const key of bag.keys()) bag.get(key);
        bag.clear();
        for (const [key, item] of Object.entries(wanted)) bag.set(key, item);
        const change = bag.change();
        const preview = bag.preview(change);
        bag.settle(change, structuredClone(preview));
        expect(bag.contents()).toEqual(bagOf(wanted as SessionObject).contents());
        expect(bag.change().operations).toEqual([]);
      }),
    );
  });
});
