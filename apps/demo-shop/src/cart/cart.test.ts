import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import {
  addToCart,
  type Cart,
  type CartChange,
  priceCart,
  setQuantity,
  withoutOrdered,
} from './cart.js';

describe('a basket', () => {
  const cases: [string, CartChange, CartChange][] = [
    ['takes a first piece', addToCart(undefined, 'cue-light', 1), changed({ 'cue-light': 1 })],
    ['adds to what is there', addToCart({ a: 1, b: 2 }, 'b', 3), changed({ a: 1, b: 5 })],
    ['sets a quantity', setQuantity({ a: 1, b: 2 }, 'b', 7), changed({ a: 1, b: 7 })],
    ['drops a product at zero', setQuantity({ a: 1, b: 2 }, 'a', 0), changed({ b: 2 })],
    [
      'holds no more pieces than the limit',
      addToCart({ a: LIMITS.maxQuantity }, 'a', 1),
      { status: 'refused', reason: 'quantity', max: LIMITS.maxQuantity },
    ],
    [
      'holds no more products than the limit',
      addToCart(fullCart(), 'one-more', 1),
      { status: 'refused', reason: 'lines', max: LIMITS.maxLines },
    ],
    [
      'still adds to a product when it is full',
      addToCart(fullCart(), 'product-0', 1),
      changed({ ...fullCart(), 'product-0': 2 }),
    ],
    [
      'counts nothing inherited',
      addToCart({}, 'constructor', 1),
      changed({ constructor: 1 } as never),
    ],
  ];
  it.each(cases)('%s', (_name, change, expected) => {
    expect(change).toEqual(expected);
  });

  it('keeps its order when a quantity changes', () => {
    const change = setQuantity({ a: 1, b: 1, c: 1 }, 'a', 5);
    expect(change.status === 'changed' && Object.keys(change.cart)).toEqual(['a', 'b', 'c']);
  });

  it('keeps what was added while an order was placed', () => {
    const ordered = [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 1 },
    ];
    expect(withoutOrdered({ a: 3, b: 1, c: 1 }, ordered)).toEqual({ a: 1, c: 1 });
  });
});

describe('a priced basket', () => {
  it('multiplies the price shown, so that lines and total agree', () => {
    const priced = priceCart({ 'gel-swatches': 3, 'gaffer-tape': 1 }, 'USD');
    expect(priced.lines.map((line) => [line.price, line.total])).toEqual([
      [1_308, 3_924],
      [1_036, 1_036],
    ]);
    expect(priced).toMatchObject({ total: 4_960, quantity: 4, currency: 'USD' });
  });

  it('leaves out what the shop does not sell', () => {
    expect(priceCart({ submarine: 1, __proto__: 1 } as Cart, 'EUR')).toMatchObject({
      lines: [],
      total: 0,
    });
  });
});

function changed(cart: Cart): CartChange {
  return { status: 'changed', cart };
}

function fullCart(): Cart {
  return Object.fromEntries(
    Array.from({ length: LIMITS.maxLines }, (_, index) => [`product-${index}`, 1]),
  );
}
