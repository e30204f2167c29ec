import { type INestApplication, RequestMethod } from '@nestjs/common';
import type { Cluster } from '@understudy/replication';
import { afterEach, describe, expect, test } from 'vitest';
import { SESSION_CLUSTER } from '../src/index.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

let running: RunningApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const excluding = (exclude: Parameters<INestApplication['setGlobalPrefix']>[1]) => exclude;

describe.each(ADAPTERS)('health when sessions cannot be served, on %s', (adapter) => {
  test.each([
    ['/api/healthz', 'api', undefined],
    ['/api/v1/healthz', '/api/v1/', excluding({ exclude: ['other'] })],
    ['/healthz', 'api', excluding({ exclude: ['healthz'] })],
    ['/healthz', 'api', excluding({ exclude: [{ path: '/healthz', method: RequestMethod.GET }] })],
    [
      '/api/healthz',
      'api',
      excluding({ exclude: [{ path: 'healthz', method: RequestMethod.POST }] }),
    ],
  ])('answers at %s with the prefix %s and %j', async (path, prefix, options) => {
    const controllers = [shopController()];
    const prepare = (app: INestApplication) => app.setGlobalPrefix(prefix, options);
    running = await startApp({ adapter, controllers, prepare });
    const browser = running.browser();
    const cart = `/${prefix.replace(/^\/|\/$/g, '')}/cart`;
    expect((await browser.post(`${cart}/lamp`)).status).toBe(200);
    await running.app.get<Cluster>(SESSION_CLUSTER).stop();
    expect((await browser.fetch(cart)).status).toBe(503);
    const health = await browser.fetch(path);
    expect([health.status, await health.json()]).toEqual([503, { state: 'stopped' }]);
  });
});
