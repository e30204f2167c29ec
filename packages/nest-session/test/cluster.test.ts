import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Gate, shopController } from './support/shop.js';
import { ADAPTERS } from './support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from './support/start-cluster.js';

describe.each(ADAPTERS)('three nodes on %s', (adapter) => {
  const gate = new Gate();
  let cluster: RunningCluster;
  let one: RunningNode;
  let two: RunningNode;
  let three: RunningNode;

  beforeAll(async () => {
    cluster = await startCluster({ adapter, size: 3, controllers: [shopController(gate)] });
    [one, two, three] = cluster.nodes as [RunningNode, RunningNode, RunningNode];
  });
  afterAll(() => cluster.close());

  test('a change answered by one is there at once on all others', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    for (const node of [two, three]) {
      expect(await browser.at(node.url).json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
    }
  });

  test('the answer names who holds the session, and where its copy is', async () => {
    const browser = one.browser();
    const response = await browser.post('/cart/lamp');
    expect(response.headers.get('session-info')).toMatch(
      /^node="n1", rev="\d+\.\d+", exp=1800, copies=1$/,
    );
    // Ids are minted until this node would own them, so no new session needs a hop.
    expect(browser.cookies.get('sid-route')).toMatch(/^v1\.n1\.n[23]\.\d+\.\d+\.[\w-]{22}$/);
  });

  test('the route cookie comes when something moved and not otherwise', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const read = await browser.fetch('/cart');
    expect(read.headers.getSetCookie()).toEqual([]);
    const write = await browser.post('/cart/chair');
    expect(write.headers.getSetCookie().map((text) => text.split('=')[0])).toEqual(['sid-route']);
  });

  test.each([
    ['on one node', () => [one, one]],
    ['on two nodes', () => [one, two]],
    ['on two nodes that do not own it', () => [two, three]],
  ])('two parallel requests that set different keys both survive, %s', async (_name, where) => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const [left, right] = where() as [RunningNode, RunningNode];
    const arrived = [gate.hold('left'), gate.hold('right')];
    const writes = [
      browser.at(left.url).send('PUT', '/keys/left', { value: 1 }),
      browser.at(right.url).send('PUT', '/keys/right', { value: 2 }),
    ];
    await Promise.all(arrived);
    gate.release('left');
    gate.release('right');
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([200, 200]);
    for (const node of cluster.nodes) {
      const keys = await browser.at(node.url).json('/keys');
      expect(keys).toEqual({ cart: { items: ['lamp'] }, left: 1, right: 2 });
    }
  });

  test('items added to one list from all nodes at once are all there', async () => {
    const browser = one.browser();
    await browser.post('/cart/first');
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        browser.at((cluster.nodes[index % 3] as RunningNode).url).post(`/cart/item${index}`),
      ),
    );
    const { items } = await browser.json<{ items: string[] }>('/cart');
    expect([...items].sort()).toEqual(
      ['first', ...Array.from({ length: 12 }, (_, index) => `item${index}`)].sort(),
    );
  });

  test('parallel requests that each begin the cart end with one cart of all', async () => {
    const browser = one.browser();
    await browser.fetch('/session?csrf=1');
    const items = cluster.nodes.map((_node, index) => `begun${index}`);
    const arrived = items.map((item) => gate.hold(item));
    const writes = cluster.nodes.map((node, index) =>
      browser.at(node.url).post(`/cart/${items[index]}`),
    );
    await Promise.all(arrived);
    for (const item of items) gate.release(item);
    await Promise.all(writes);
    const cart = await browser.json<{ items: string[] }>('/cart');
    expect([...cart.items].sort()).toEqual(items);
  });

  test('a sign-out on one leaves nothing authenticated on any', async () => {
    const browser = one.browser();
    await browser.post('/login', { id: 'ada' });
    const copies = cluster.nodes.map((node) => browser.at(node.url));
    const arrived = copies.map((_copy, index) => gate.hold(`late${index}`));
    const writes = copies.map((copy, index) =>
      copy.send('PUT', `/keys/late${index}`, { value: 'late' }),
    );
    await Promise.all(arrived);
    expect((await browser.at(two.url).post('/logout')).status).toBe(204);
    for (const index of copies.keys()) gate.release(`late${index}`);
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([401, 401, 401]);
    for (const copy of copies) {
      expect((await copy.fetch('/me')).status).toBe(401);
      expect(await copy.json('/keys')).toEqual({});
    }
  });

  test('a sign-in kills the old id everywhere before it is answered', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const thieves = cluster.nodes.map((node) => browser.at(node.url));
    await browser.post('/login', { id: 'ada' });
    for (const thief of thieves) {
      expect((await thief.fetch('/me')).status).toBe(401);
      expect(await thief.json('/cart')).toEqual({ items: [], visits: 0 });
    }
    expect(await browser.at(three.url).json('/me')).toEqual({ id: 'ada', roles: [] });
  });

  test('a keyed request repeated at another node is answered with the first outcome', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const key = { 'idempotency-key': 'k' };
    const elsewhere = browser.at(two.url);
    const first = await browser.post('/cart/chair', undefined, key);
    const second = await elsewhere.post('/cart/chair', undefined, key);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.text()).toBe(await first.text());
    expect(await browser.json('/cart')).toEqual({ items: ['lamp', 'chair'], visits: 0 });
  });

  test('a sign-in whose answer was lost is repeated under another id, with the cart', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const key = { 'idempotency-key': 'sign-in' };
    const elsewhere = browser.at(two.url);
    await browser.post('/login', { id: 'ada' }, key);
    // The first answer is what got lost: its cookies never arrived.
    const again = await elsewhere.post('/login', { id: 'ada' }, key);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual({ principal: { id: 'ada', roles: [] } });
    expect(await elsewhere.json('/me')).toEqual({ id: 'ada', roles: [] });
    expect(await elsewhere.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
    for (const { url } of cluster.nodes)
      expect((await browser.at(url).fetch('/me')).status).toBe(401);
  });

  test('so is one that comes while the first is still under way, and hears of it when it reserves its key', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const key = { 'idempotency-key': 'sign-in' };
    const elsewhere = browser.at(two.url);
    const reserve = vi.spyOn(two.cluster, 'reserve');
    reserve.mockImplementationOnce(async (...asked) => {
      await browser.post('/login', { id: 'ada' }, key);
      return two.cluster.reserve(...asked);
    });
    const again = await elsewhere.post('/login', { id: 'ada' }, key);
    reserve.mockRestore();
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await elsewhere.json('/me')).toEqual({ id: 'ada', roles: [] });
    expect(await elsewhere.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('another sign-in under an id of before is none of the kind', async () => {
    const browser = one.browser();
    await browser.post('/cart/lamp');
    const key = { 'idempotency-key': 'sign-in' };
    const [otherBody, otherKey] = [browser.at(two.url), browser.at(three.url)];
    await browser.post('/login', { id: 'ada' }, key);
    await otherBody.post('/login', { id: 'eve' }, key);
    await otherKey.post('/login', { id: 'ada' }, { 'idempotency-key': 'another' });
    for (const stranger of [otherBody, otherKey]) {
      expect(await stranger.json('/cart')).toEqual({ items: [], visits: 0 });
    }
    expect(await browser.json('/me')).toEqual({ id: 'ada', roles: [] });
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('a node that is drained hands its sessions over and tells the balancer', async () => {
    const spare = await startCluster({ adapter, size: 2, controllers: [shopController()] });
    const [leaving, staying] = spare.nodes as [RunningNode, RunningNode];
    const browser = leaving.browser();
    await browser.post('/cart/lamp');
    await leaving.cluster.drain();
    const health = await fetch(`${leaving.url}/healthz`);
    expect([health.status, await health.json()]).toEqual([404, { state: 'draining' }]);
    expect(await browser.at(staying.url).json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
    // Late requests still work; they are stored elsewhere.
    expect((await browser.post('/cart/chair')).status).toBe(200);
    expect(browser.cookies.get('sid-route')).toMatch(/^v1\.n2\./);
    await spare.close();
  });
});

describe.each(ADAPTERS)('two nodes on %s, one of which dies', (adapter) => {
  test('the other one answers with everything that was acknowledged, and says so', async () => {
    const cluster = await startCluster({ adapter, size: 2, controllers: [shopController()] });
    const [dying, heir] = cluster.nodes as [RunningNode, RunningNode];
    const browser = dying.browser();
    await browser.post('/cart/lamp');
    await browser.post('/login', { id: 'ada' });
    dying.cable.disconnect();
    const elsewhere = browser.at(heir.url);
    const failed = { 'x-understudy-failed-node': 'n1' };
    let response = await elsewhere.fetch('/cart', { headers: failed });
    while (response.status === 503) {
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      response = await elsewhere.fetch('/cart', { headers: failed });
    }
    expect(await response.json()).toEqual({ items: ['lamp'], visits: 0 });
    expect(response.headers.get('session-event')).toBe('failover;from="n1"');
    expect(elsewhere.cookies.get('sid-route')).toMatch(/^v1\.n2\.\d/);
    expect(await elsewhere.json('/me')).toEqual({ id: 'ada', roles: [] });
    await cluster.close();
  });
});
