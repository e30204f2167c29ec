import { describe, expect, it } from 'vitest';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import { addToCart, expectOk, expectStatus, firstArticles, readCart } from './shop-api.js';
import { Visitor } from './visitor.js';

interface CheckoutBody {
  readonly instance: string;
  readonly step: string;
  readonly revision: number;
}

interface OrderBody {
  readonly id: string;
  readonly total: number;
}

const ANSWERS = {
  contact: { name: 'Ada Lovelace', email: 'ada@example.org' },
  delivery: { street: '12 Row', postcode: 'W1 1AA', city: 'London', country: 'Ireland' },
  payment: {
    cardholder: 'Ada Lovelace',
    cardNumber: '4242 4242 4242 4242',
    expiry: '12/49',
    cvc: '123',
  },
};

describe.each(BUSES)('a purchase over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('through the balancer', () => {
    const system = useSystem({ bus });

    it('goes from an empty cart through the four steps to one order', async () => {
      const visitor = new Visitor(system().url);
      const [first = '', second = ''] = await firstArticles(visitor, 2);
      await addToCart(visitor, first, 1);
      await addToCart(visitor, second, 2);
      await addToCart(visitor, first, 1);
      expect(await readCart(visitor)).toEqual({ [first]: 2, [second]: 2 });

      const signedIn = { username: 'shopper', password: 'shopper-demo-1' };
      expectOk(await visitor.post('/api/login', signedIn));
      expect(await readCart(visitor)).toEqual({ [first]: 2, [second]: 2 });

      const started = expectOk(await visitor.post<CheckoutBody>('/api/checkout'));
      expect(started.step).toBe('contact');
      let { revision } = started;
      for (const [step, answers] of Object.entries(ANSWERS)) {
        const path = `/api/checkout/${started.instance}/${step}`;
        const state = expectOk(await visitor.put<CheckoutBody>(path, { ...answers, revision }));
        revision = state.revision;
      }
      const submit = `/api/checkout/${started.instance}/submit`;
      expectOk(await visitor.post(submit, { revision }));
      // Pressed twice, as people do.
      await visitor.post(submit, { revision });

      expect(await readCart(visitor)).toEqual({});
      const orders = expectStatus(await visitor.get<readonly OrderBody[]>('/api/orders'), 200);
      expect(orders).toHaveLength(1);
      expect(orders[0]?.total).toBeGreaterThan(0);
    });

    it('places an order once, however often its key is sent', async () => {
      const visitor = new Visitor(system().url);
      const [sku = ''] = await firstArticles(visitor, 1);
      await addToCart(visitor, sku, 1);
      const headers = { 'idempotency-key': '"order-once"' };
      const order = {};
      const first = expectOk(await visitor.post<OrderBody>('/api/orders', order, { headers }));
      const again = expectOk(await visitor.post<OrderBody>('/api/orders', order, { headers }));
      expect(again.id).toBe(first.id);
    });

    it(
      'goes on while the cluster grows and shrinks',
      async () => {
        const visitor = new Visitor(system().url);
        const [sku = ''] = await firstArticles(visitor, 1);
        await addToCart(visitor, sku, 2);
        await system().addShop();
        await system().settled();
        expect(await system().removeShop('n1')).toEqual({ code: 0, signal: null });
        expect(await readCart(visitor)).toEqual({ [sku]: 2 });
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );

    it(
      'does not end a session with the node that began it',
      async () => {
        const visitor = new Visitor(system().url);
        const [sku = ''] = await firstArticles(visitor, 1);
        await addToCart(visitor, sku, 1);
        for (const shop of system().shops) {
          const pid = shop.process?.pid;
          expect(await shop.replace()).toEqual({ code: 0, signal: null });
          await system().settled();
          expect(shop.process?.pid).not.toBe(pid);
          expect(await readCart(visitor)).toEqual({ [sku]: 1 });
        }
      },
      FAILOVER_TIMEOUT_MS,
    );
  });
});
