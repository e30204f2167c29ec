import { describe, expect, it } from 'vitest';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import { addToCart, firstArticles, killOwner, readCart, whoami } from './shop-api.js';
import { Visitor } from './visitor.js';

describe.each(BUSES)('round robin over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('without any stickiness', () => {
    const system = useSystem({ bus, assignment: 'round-robin' });

    it('reads its own writes on whatever node a request lands', async () => {
      const visitor = new Visitor(system().url);
      const [sku = ''] = await firstArticles(visitor, 1);
      const nodes = new Set<string>();
      for (let count = 1; count <= 12; count += 1) {
        await addToCart(visitor, sku, 1);
        expect(await readCart(visitor)).toEqual({ [sku]: count });
        // Four requests a turn, so that each kind of them comes to each of three nodes.
        nodes.add((await whoami(visitor)).node);
        nodes.add((await whoami(visitor)).node);
      }
      expect(nodes.size).toBe(3);
    });

    it('loses nothing when requests of one browser run on all nodes at once', async () => {
      const visitor = new Visitor(system().url);
      const [sku = ''] = await firstArticles(visitor, 1);
      await addToCart(visitor, sku, 1);
      const tabs = Array.from({ length: 20 }, () => visitor.copy());
      await Promise.all(tabs.map((tab) => addToCart(tab, sku, 1)));
      expect(await readCart(visitor)).toEqual({ [sku]: 21 });
    });

    it(
      'survives the owner',
      async () => {
        const visitor = new Visitor(system().url);
        const [sku = ''] = await firstArticles(visitor, 1);
        await addToCart(visitor, sku, 3);
        await killOwner(system(), visitor);
        expect(await readCart(visitor)).toEqual({ [sku]: 3 });
        await system().settled();
      },
      FAILOVER_TIMEOUT_MS,
    );
  });
});
