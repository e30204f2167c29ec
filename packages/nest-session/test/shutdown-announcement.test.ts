import type { Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { Browser } from './support/browser.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from './support/start-app.js';
import { startCluster } from './support/start-cluster.js';

const ANNOUNCE_MS = 2000;
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

interface Seen {
  readonly health: Set<number>;
  readonly served: Set<number>;
}

/** What somebody sees of a leaving node who asks again and again, until its port is closed. */
async function watch(browser: Browser): Promise<Seen> {
  const health = new Set<number>();
  const served = new Set<number>();
  for (let index = 0; ; index++) {
    try {
      const state = (await browser.fetch('/healthz')).status;
      const { status } = await browser.send('PUT', `/keys/k${index % 8}`, { value: index });
      if (state === 200) continue;
      health.add(state);
      served.add(status);
    } catch {
      return { health, served };
    }
  }
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
      const watching = watch(browser);
      const startedMs = performance.now();
      await leaving.close();
      // Timers may be early by the part of a millisecond that they are rounded by.
      expect((await closed) - startedMs).toBeGreaterThan(ANNOUNCE_MS - 2);
      const { health, served } = await watching;
      expect([...health, ...served]).toEqual([404, 200]);
    },
  );
});
