import type { Cluster } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SESSION_CLUSTER } from '../../src/index.js';
import { registerSessionMetrics } from '../../src/metrics/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { type RunningNode, startCluster } from '../support/start-cluster.js';
import { OPENMETRICS, readings, registryOf } from './prom-registry.js';

describe.each(ADAPTERS)('metrics on %s', (adapter) => {
  test('tell what responses and sessions became, and what the engine counts', async () => {
    const cluster = await startCluster({ adapter, size: 2, controllers: [shopController()] });
    const [node] = cluster.nodes as [RunningNode];
    const registry = registryOf(node.app);
    const browser = node.browser();
    await browser.fetch('/cart');
    await browser.post('/cart/lamp');
    const key = { 'idempotency-key': 'the-key' };
    await browser.post('/cart/sofa', undefined, key);
    await browser.post('/cart/sofa', undefined, key);
    await browser.post('/login', { id: 'ada' });
    await browser.send('PUT', '/keys/big', { value: 'x'.repeat(90_000) });
    const page = await readings(registry);
    expect(page).toMatchObject({
      'understudy_http_responses_total{result="passed"}': 1,
      'understudy_http_responses_total{result="replayed"}': 1,
      'understudy_session_events_total{kind="created"}': 1,
      'understudy_session_events_total{kind="login"}': 1,
      'understudy_http_held_seconds_bucket{le="+Inf"}': page.understudy_http_held_seconds_count,
      understudy_members: 1,
    });
    expect(page['understudy_http_responses_total{result="held"}']).toBeGreaterThanOrEqual(3);
    expect(page['understudy_commit_seconds_count{durability="backup"}']).toBeGreaterThan(0);
    await cluster.close();
  });

  test('count a response that a problem took the place of', async () => {
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      options: { limits: { maxBytes: 2048 } },
    });
    const registry = registryOf(running.app);
    const response = await running.browser().send('PUT', '/keys/big', { value: 'x'.repeat(4096) });
    expect(response.status).toBe(413);
    const page = await readings(registry);
    expect(page['understudy_http_responses_total{result="refused"}']).toBe(1);
    await running.close();
  });

  test('carry no id', async () => {
    const running = await startApp({ adapter, controllers: [shopController()] });
    const registry = registryOf(running.app);
    const browser = running.browser();
    await browser.post('/login', { id: 'ada-lovelace' });
    const text = await registry.metrics();
    const id = (browser.cookies.get('sid') as string).split('.')[0] as string;
    expect(text).toContain('understudy_sessions_owned');
    for (const secret of [id, 'ada-lovelace', browser.cookies.get('sid-csrf') as string]) {
      expect(text).not.toContain(secret);
    }
    await running.close();
  });
});

describe('the registry', () => {
  test('reads everything once for a scrape, and anew for the next', async () => {
    const running = await startApp({ adapter: 'express', controllers: [shopController()] });
    const cluster = running.app.get<Cluster>(SESSION_CLUSTER, { strict: false });
    let reads = 0;
    const read = cluster.metrics.bind(cluster);
    cluster.metrics = () => {
      reads++;
      return read();
    };
    const registry = registryOf(running.app);
    await new Promise(setImmediate);
    reads = 0;
    await registry.metrics();
    expect(reads).toBe(1);
    await running.browser().post('/cart/lamp');
    expect((await readings(registry)).understudy_sessions_owned).toBe(1);
    expect(reads).toBe(2);
    await running.close();
  });

  test('renders OpenMetrics, twice the same', async () => {
    const running = await startApp({ adapter: 'express', controllers: [shopController()] });
    const registry = registryOf(running.app);
    registry.setContentType(OPENMETRICS);
    const first = await registry.metrics();
    expect(first).toContain('# TYPE understudy_http_responses counter');
    expect(first).toContain('understudy_http_responses_total{result="passed"} 0');
    expect(await registry.metrics()).toBe(first);
    await running.close();
  });

  test('takes one application', async () => {
    const running = await startApp({ adapter: 'express', controllers: [shopController()] });
    const registry = registryOf(running.app);
    expect(() => registerSessionMetrics(registry, running.app)).toThrow(/already been registered/);
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('understudy_members');
    await running.close();
  });
});
