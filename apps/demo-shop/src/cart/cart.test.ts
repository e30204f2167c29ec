import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import {
  type Cart,
  type CartRefusal,
  priceCart,
  quantityOf,
  refuseQuantity,
  withoutOrdered,
} from './cart.js';

const FULL: Cart = Object.fromEntries(
  Array.from({ length: LIMITS.maxLines }, (_, index) => [`product-${index}`, 1]),
);
const TOO_MANY: CartRefusal = { reason: 'quantity', max: LIMITS.maxQuantity };
const TOO_WIDE: CartRefusal = { reason: 'lines', max: LIMITS.maxLines };

describe('a basket', () => {
  it.each<[string, Cart | undefined, string, number, CartRefusal | undefined]>([
    ['takes a first piece', undefined, 'a', 1, undefined],
    ['takes as many as the limit', { a: 1 }, 'a', LIMITS.maxQuantity, undefined],
    ['refuses one more than the limit', { a: 1 }, 'a', LIMITS.maxQuantity + 1, TOO_MANY],
    ['refuses another product when it is full', FULL, 'one-more', 1, TOO_WIDE],
    ['takes more of a product it has when it is full', FULL, 'product-0', 2, undefined],
    ['lets go of a product when it is full', FULL, 'one-more', 0, undefined],
    ['counts no product of which nothing is left', { ...FULL, 'product-0': 0 }, 'x', 1, undefined],
  ])('%s', (_name, cart, sku, quantity, refusal) => {
    expect(refuseQuantity(cart, sku, quantity)).toEqual(refusal);
  });

  it.each<[Cart | undefined, string, number]>([
    [undefined, 'a', 0],
    [{ a: 3 }, 'a', 3],
    [{ a: -1 }, 'a', 0],
    [{}, 'constructor', 0],
  ])('%j has %s × %i', (cart, sku, quantity) => {
    expect(quantityOf(cart, sku)).toBe(quantity);
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
