import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS } from '../support/start-app.js';
import { type Nodes, startNodes, urlAt } from './start-nodes.js';

const ROUNDS = 50;
const REQUESTS = 5;
const NAMES = ['sid', 'sid-route', 'sid-csrf'];

const CASES = ADAPTERS.flatMap((adapter) => [1, 3].map((size) => ({ adapter, size })));

/**
 * Nothing ties requests without a cookie together, and nothing is kept of visitors that only read: each
 * of five first requests that write begins a session. What a browser has after all five must work.
 */
describe.each(CASES)('five first requests at once, on $size node(s) of $adapter', (where) => {
  const gate = new Gate();
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ ...where, controllers: [shopController(gate)] });
  });
  afterAll(() => nodes.close());

  test('leave a browser with one consistent session that works, 50 of 50', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const browser = nodes.browser();
      const items = Array.from({ length: REQUESTS }, (_, index) => `r${round}i${index}`);
      const arrived = items.map((item) => gate.hold(item));
      const told: Map<string, string>[] = [];
      const answers = items.map(async (item, index) => {
        const own = browser.at(urlAt(nodes, index));
        const { status } = await own.post(`/cart/${item}`);
        // The jar is shared: each answer puts its cookies over those of the one before.
        for (const [name, value] of own.cookies) browser.cookies.set(name, value);
        told.push(own.cookies);
        return status;
      });
      await Promise.all(arrived);
      for (const item of items) gate.release(item);
      expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));

      expect([...browser.cookies.keys()].sort()).toEqual([...NAMES].sort());
      // All three cookies are of one answer.
      expect(
        told.filter((one) => NAMES.every((name) => one.get(name) === browser.cookies.get(name))),
      ).toHaveLength(1);
      const seen = await browser.at(urlAt(nodes, round)).json<{ items: string[] }>('/cart');
      expect(items).toContain(seen.items[0]);
      const response = await browser.at(urlAt(nodes, round + 1)).post('/cart/sixth');
      expect(await response.json()).toEqual({ items: [...seen.items, 'sixth'] });
      const [csrf, info] = [browser.cookies.get('sid-csrf'), await browser.json('/session')];
      expect(info).toMatchObject({ csrfToken: csrf });
      expect((await browser.post('/login', { id: 'ada' })).status).toBe(200);
      expect(await browser.json('/me')).toMatchObject({ id: 'ada' });
      expect(await browser.json('/cart')).toMatchObject({ items: [...seen.items, 'sixth'] });
    }
  }, 60_000);
});
