import { afterEach, describe, expect, test } from 'vitest';
import { shopController } from './support/shop.js';
import { ADAPTERS } from './support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from './support/start-cluster.js';
import { until } from './support/until.js';

let cluster: RunningCluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

describe.each(ADAPTERS)('when sessions cannot be served, on %s', (adapter) => {
  test('nothing runs: 503 with Retry-After and a problem; health says so', async () => {
    cluster = await startCluster({ adapter, size: 1, controllers: [shopController()] });
    const [node] = cluster.nodes as [RunningNode];
    const browser = node.browser();
    await browser.post('/cart/lamp');
    await node.cluster.stop();
    const response = await browser.fetch('/cart');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'session-unavailable', status: 503 });
    expect(text).not.toMatch(/node_modules|\.ts:|\.js:/);
    const health = await fetch(`${node.url}/healthz`, {
      headers: { cookie: browser.cookieHeader },
    });
    expect([health.status, await health.json()]).toEqual([503, { state: 'stopped' }]);
    // A visitor who needs no session is served.
    expect((await fetch(`${node.url}/cart`)).status).toBe(200);
  });

  test('a change that cannot be stored after the handler ran: 503 without Retry-After', async () => {
    cluster = await startCluster({ adapter, size: 1, controllers: [shopController()] });
    const [node] = cluster.nodes as [RunningNode];
    await node.cluster.stop();
    const response = await node.browser().post('/cart/lamp');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBeNull();
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toMatchObject({ code: 'session-unavailable' });
    expect(node.logs.text).toMatch(
      /error .*POST \/cart\/lamp was answered 503 session-unavailable/,
    );
  });

  test('a keyed request needs its session before anything runs: 503 with Retry-After', async () => {
    cluster = await startCluster({ adapter, size: 1, controllers: [shopController()] });
    const [node] = cluster.nodes as [RunningNode];
    await node.cluster.stop();
    const key = { 'idempotency-key': 'k' };
    const response = await node.browser().post('/cart/lamp', undefined, key);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('alone and told to refuse, a node stores nothing and says so', async () => {
    cluster = await startCluster({
      adapter,
      size: 2,
      controllers: [shopController()],
      onIsolation: 'refuse',
    });
    const [one, two] = cluster.nodes as [RunningNode, RunningNode];
    const browser = one.browser();
    expect((await browser.post('/cart/lamp')).status).toBe(200);
    await two.cluster.stop();
    await until(() => one.cluster.members().every(({ self, state }) => self || state === 'dead'));
    const response = await browser.post('/cart/chair');
    expect([response.status, (await response.json()) as object]).toMatchObject([
      503,
      { code: 'session-unavailable' },
    ]);
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });
});
