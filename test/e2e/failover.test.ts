import { describe, expect, it } from 'vitest';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import {
  addToCart,
  expectOk,
  expectStatus,
  firstArticles,
  killOwner,
  readCart,
  whoami,
} from './shop-api.js';
import { Visitor } from './visitor.js';

interface CheckoutBody {
  readonly instance: string;
  readonly revision: number;
  readonly step: string;
  readonly drafts?: Readonly<Record<string, unknown>>;
}

describe.each(BUSES)('failover over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('when the owner of a session is killed', () => {
    const system = useSystem({ bus });

    it(
      'shows the cart on the next click',
      async () => {
        const visitor = new Visitor(system().url);
        const [first = '', second = ''] = await firstArticles(visitor, 2);
        await addToCart(visitor, first, 2);
        await addToCart(visitor, second, 1);
        const before = await whoami(visitor);
        await killOwner(system(), visitor);
        expect(await readCart(visitor)).toEqual({ [first]: 2, [second]: 1 });
        const after = await whoami(visitor);
        expect(after.owner).not.toBe(before.owner);
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );

    it(
      'accepts the next change, and once only',
      async () => {
        const visitor = new Visitor(system().url);
        const [sku = ''] = await firstArticles(visitor, 1);
        await addToCart(visitor, sku, 1);
        await killOwner(system(), visitor);
        await addToCart(visitor, sku, 1);
        expect(await readCart(visitor)).toEqual({ [sku]: 2 });
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );

    it(
      'keeps a half-filled form with what was typed',
      async () => {
        const visitor = new Visitor(system().url);
        const [sku = ''] = await firstArticles(visitor, 1);
        await addToCart(visitor, sku, 1);
        const { instance, revision } = expectOk(await visitor.post<CheckoutBody>('/api/checkout'));
        const path = `/api/checkout/${instance}`;
        // Neither complete nor valid: what somebody has typed so far.
        const typed = { name: 'Ada Love', email: 'ada@' };
        expectOk(await visitor.put(`${path}/contact?draft=1`, { ...typed, revision }));
        await killOwner(system(), visitor);
        const state = expectStatus(await visitor.get<CheckoutBody>(path), 200);
        expect(state.step).toBe('contact');
        expect(state.drafts?.contact).toMatchObject(typed);
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );

    it(
      'keeps somebody signed in',
      async () => {
        const visitor = new Visitor(system().url);
        const account = { username: 'shopper', password: 'shopper-demo-1' };
        expectOk(await visitor.post('/api/login', account));
        const before = await whoami(visitor);
        expect(before.principal).not.toBeNull();
        await killOwner(system(), visitor);
        expect((await whoami(visitor)).principal).toEqual(before.principal);
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );
  });
});
