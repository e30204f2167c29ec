import { describe, expect, it } from 'vitest';
import { sleep } from '../../scripts/cluster/wait-for.mjs';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import { expectOk, firstArticles, whoami } from './shop-api.js';
import { Visitor } from './visitor.js';

const ACCOUNT = { username: 'shopper', password: 'shopper-demo-1' };

interface SessionBody {
  readonly authenticated: boolean;
}

describe.each(BUSES)('logout over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('while other requests of that browser are under way', () => {
    const system = useSystem({ bus });

    it(
      'leaves nobody signed in, on no node',
      async () => {
        for (let round = 0; round < 5; round += 1) {
          const visitor = new Visitor(system().url);
          expectOk(await visitor.post('/api/login', ACCOUNT));
          expect((await whoami(visitor)).principal).not.toBeNull();
          const [sku = ''] = await firstArticles(visitor, 1);

          // Each has the cookies of before the logout, and writes as fast as it can.
          const tabs = Array.from({ length: 6 }, () => visitor.copy());
          const stale = visitor.copy();
          const end = new AbortController();
          const writing = tabs.map(async (tab) => {
            while (!end.signal.aborted) {
              await tab.copy().post('/api/cart/items', { sku, quantity: 1 });
            }
          });
          await sleep(50);
          expectOk(await visitor.post('/api/logout'));
          const answers = await Promise.all(
            system().shops.map((shop) =>
              stale.copy().get<SessionBody>('/session', { at: shop.url ?? '' }),
            ),
          );
          end.abort();
          await Promise.all(writing);
          const later = await Promise.all(
            system().shops.map((shop) =>
              stale.copy().get<SessionBody>('/session', { at: shop.url ?? '' }),
            ),
          );
          for (const answer of [...answers, ...later]) {
            expect(answer.body, JSON.stringify(answer)).not.toMatchObject({ authenticated: true });
          }
        }
      },
      FAILOVER_TIMEOUT_MS,
    );

    it(
      'stays final when every node is replaced',
      async () => {
        const visitor = new Visitor(system().url);
        expectOk(await visitor.post('/api/login', ACCOUNT));
        const stale = visitor.copy();
        expectOk(await visitor.post('/api/logout'));
        for (const shop of system().shops) {
          await shop.kill();
          await system().settled();
        }
        const answer = await stale.get<SessionBody>('/session');
        expect(answer.body).not.toMatchObject({ authenticated: true });
      },
      FAILOVER_TIMEOUT_MS,
    );
  });
});
