import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.js';
import { customersOf } from './customer.js';
import { LibsqlOrderStore } from './libsql-order-store.js';
import type { OrderDraft } from './order.js';
import { orderId } from './order-id.js';

const DRAFT: OrderDraft = {
  key: 'wizard:one',
  customer: 'visitor:v1',
  items: [{ sku: 'cue-light', name: 'Cue light', quantity: 2, price: 3_950, total: 7_900 }],
  total: 7_900,
  currency: 'EUR',
  contact: { name: 'Ada', email: 'ada@example.org' },
  delivery: null,
  payment: { cardholder: 'Ada', lastFour: '4242' },
  placedAtMs: 1_000,
  placedBy: 'n1',
};

async function store(): Promise<LibsqlOrderStore> {
  return new LibsqlOrderStore(await openDatabase(':memory:'));
}

describe('the order store', () => {
  it('gives back what was placed', async () => {
    const orders = await store();
    const { order, isNew } = await orders.place(DRAFT);
    const { key: _key, customer: _customer, ...facts } = DRAFT;
    expect(order).toEqual({ id: order.id, ...facts });
    expect(isNew).toBe(true);
    expect(await orders.find(order.id, ['visitor:v1'])).toEqual(order);
  });

  it('answers the first order to every later one with its key', async () => {
    const orders = await store();
    const first = await orders.place(DRAFT);
    const second = await orders.place({ ...DRAFT, total: 1, placedBy: 'n2' });
    expect(second).toEqual({ order: first.order, isNew: false });
    expect(await orders.list(['visitor:v1'])).toEqual([first.order]);
  });

  it('shows an order to nobody else', async () => {
    const orders = await store();
    const { order } = await orders.place(DRAFT);
    expect(await orders.find(order.id, ['visitor:v2', 'account:ada'])).toBeUndefined();
    expect(await orders.find(order.id, [])).toBeUndefined();
    expect(await orders.list([])).toEqual([]);
  });

  it('lists the newest first, for the account and the visitor together', async () => {
    const orders = await store();
    await orders.place(DRAFT);
    await orders.place({ ...DRAFT, key: 'two', customer: 'account:ada', placedAtMs: 2_000 });
    const listed = await orders.list(customersOf('ada', 'v1'));
    expect(listed.map((order) => order.placedAtMs)).toEqual([2_000, 1_000]);
  });

  it('gives a visitor’s orders to the account that signed in', async () => {
    const orders = await store();
    await orders.place(DRAFT);
    await orders.reassign('visitor:v1', 'account:ada');
    expect(await orders.list(['account:ada'])).toHaveLength(1);
    expect(await orders.list(['visitor:v1'])).toEqual([]);
  });
});

describe('an order id', () => {
  it('can be read out', () => {
    expect(orderId(Uint8Array.of(0, 1, 31, 32, 255, 10, 18, 17, 21, 22))).toBe('W-01Z0Z-AJHNP');
  });
});
