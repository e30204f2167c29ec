import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunningShop } from '../src/start-shop.js';
import { Browser } from './support/browser.js';
import { JsonClient } from './support/json-client.js';
import { NATS_SERVER, startNatsServer } from './support/nats-server.js';
import { testFolder, testShop } from './support/test-shop.js';
import { until } from './support/until.js';

interface TwoNodes {
  readonly first: RunningShop;
  readonly second: RunningShop;
}

/** Two nodes on one bus with one database, each on another framework. */
async function twoNodes(): Promise<TwoNodes> {
  const bus = await startNatsServer();
  onTestFinished(() => bus.stop());
  const common = {
    UNDERSTUDY_BUS: bus.url,
    UNDERSTUDY_SECRET: 'a secret that both of the nodes share',
    SHOP_DATABASE: join(testFolder(), 'shop.db'),
  };
  const [first, second] = await Promise.all([
    testShop({ ...common, NODE_ID: 'n1', SHOP_ADAPTER: 'express' }),
    testShop({ ...common, NODE_ID: 'n2', SHOP_ADAPTER: 'fastify' }),
  ]);
  return { first, second };
}

/** A session with its copy on the other node. */
async function replicated({ first, second }: TwoNodes) {
  const api = new JsonClient(first.url);
  await api.csrfToken();
  const whoAmI = async () => (await api.get('/api/whoami')).body;
  await until(whoAmI, ({ owner, backups }) => owner !== null && backups.length === 1);
  return { here: api, there: api.at(second.url) };
}

describe.skipIf(NATS_SERVER === undefined)('two nodes of the shop', () => {
  it('both serve a session, and say where it is', async () => {
    const { here, there } = await replicated(await twoNodes());
    const [one, two] = [
      (await here.get('/api/whoami')).body,
      (await there.get('/api/whoami')).body,
    ];
    expect([one.node, two.node]).toEqual(['n1', 'n2']);
    expect(two).toMatchObject({ owner: one.owner, backups: one.backups, revision: one.revision });
    expect([one.owner, ...one.backups].sort()).toEqual(['n1', 'n2']);
  });

  it('count every addition when both add at once, from the first one on', async () => {
    const { here, there } = await replicated(await twoNodes());
    const additions = Array.from({ length: 10 }, () => [
      here.post('/api/cart/items', { sku: 'stopwatch', quantity: 1 }),
      there.post('/api/cart/items', { sku: 'stopwatch', quantity: 2 }),
    ]).flat();
    for (const { status } of await Promise.all(additions)) expect(status).toBe(200);
    for (const api of [here, there]) {
      const { body } = await api.get('/api/cart');
      expect(body.items).toMatchObject([{ sku: 'stopwatch', quantity: 30 }]);
    }
  });

  it('make one order of a checkout that is submitted to both', async () => {
    const { here, there } = await replicated(await twoNodes());
    await here.post('/api/cart/items', { sku: 'footlight', quantity: 2 });
    const { body: started } = await there.post('/api/checkout');
    const path = `/api/checkout/${started.instance}`;
    const steps = [
      [here, 'contact', { name: 'Ada', email: 'ada@example.org' }],
      [there, 'delivery', { street: '1', postcode: '2', city: 'Rome', country: 'Italy' }],
      [
        here,
        'payment',
        { cardholder: 'A', cardNumber: '4242424242424242', expiry: '12/99', cvc: '123' },
      ],
    ] as const;
    let revision = 1;
    for (const [api, step, fields] of steps) {
      const { body } = await api.put(`${path}/${step}`, { revision, ...fields });
      revision = body.revision;
    }
    const results = await Promise.all([
      here.post(`${path}/submit`, { revision }),
      there.post(`${path}/submit`, { revision }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([200, 200]);
    expect(results[0]?.body.order).toEqual(results[1]?.body.order);
    expect((await there.get('/api/orders')).body).toHaveLength(1);
    expect((await here.get('/api/cart')).body.items).toEqual([]);
  });

  it('count the attempts to sign in together', async () => {
    const { here, there } = await replicated(await twoNodes());
    const credentials = { username: 'mallory', password: 'wrong' };
    for (let turn = 0; turn < 5; turn += 1) {
      await here.post('/api/login', credentials);
      await there.post('/api/login', credentials);
    }
    const refused = await here.post('/api/login', credentials);
    expect(refused).toMatchObject({ status: 429, body: { code: 'quota-exceeded' } });
  }, 60_000);

  it('keep the basket when one of them leaves in the middle of a checkout', async () => {
    const nodes = await twoNodes();
    const browser = new Browser(nodes.first.url);
    const product = await browser.visit('/products/ghost-light');
    const cart = await browser.press(product, 'Add to basket', { quantity: '3' });
    const contact = await browser.press(cart, 'Check out');
    const answer = { name: 'Ada', email: 'ada@example.org' };
    const delivery = await browser.press(contact, 'Continue', answer);
    await nodes.first.close();
    const left = browser.at(nodes.second.url);
    const page = await left.visit(delivery.path);
    expect(page.headings).toEqual(['Delivery']);
    expect(page.text).toContain('3 × Ghost light');
    expect(page.dock).toContain('Served by ● n2');
  });
});
