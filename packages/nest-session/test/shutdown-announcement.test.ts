import type { Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { shopController } from './support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from './support/start-app.js';
import { startCluster } from './support/start-cluster.js';
import { until } from './support/until.js';

const ANNOUNCE_MS = 3000;
const options = { shutdown: { announce: `${ANNOUNCE_MS}ms` } };

let staying: { close(): Promise<void> } | undefined;
afterEach(async () => {
  await staying?.close();
  staying = undefined;
});

async function standalone(adapter: Adapter): Promise<RunningApp> {
  return startApp({ adapter, controllers: [shopController()], options });
}

async function oneOfTwo(adapter: Adapter): Promise<RunningApp> {
  const controllers = [shopController()];
  const cluster = await startCluster({ adapter, size: 2, controllers, options });
  const [leaving, other] = cluster.nodes;
  staying = other;
  return leaving as RunningApp;
}

/** When the server was told to take no more connections. */
function whenClosed({ app }: RunningApp): Promise<number> {
  const server = app.getHttpServer() as Server;
  return new Promise((resolve) => {
    const close = server.close;
    server.close = (...args) => {
      resolve(performance.now());
      return close.apply(server, args);
    };
  });
}

describe.each(ADAPTERS)('the announcement of a shutdown on %s', (adapter) => {
  test.each([
    ['a node by itself', standalone],
    ['one of two nodes', oneOfTwo],
  ])(
    'lasts as long as `shutdown.announce` says, of %s: 404, and requests are served',
    async (_name, start) => {
      const leaving = await start(adapter);
      const browser = leaving.browser();
      await browser.post('/cart/lamp');
      const closed = whenClosed(leaving);
      const startedMs = performance.now();
      const closing = leaving.close();
      const health = async () => (await browser.fetch('/healthz')).status;
      await until(async () => (await health()) === 404);
      const written = await browser.send('PUT', '/keys/late', { value: 1 });
      expect([written.status, await health()]).toEqual([200, 404]);
      // Timers may be early by the part of a millisecond that they are rounded by.
      expect((await closed) - startedMs).toBeGreaterThan(ANNOUNCE_MS - 2);
      await closing;
      await expect(browser.fetch('/healthz')).rejects.toThrow();
    },
  );
});
