import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type BeforeApplicationShutdown,
  Controller,
  Get,
  Global,
  Injectable,
  Module,
  type OnModuleDestroy,
  Post,
  Res,
} from '@nestjs/common';
import { type Cluster, createMemoryBus, memoryTransport } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SESSION_CLUSTER, Session, SessionModule } from '../src/index.js';
import { SessionLifecycle } from '../src/session.lifecycle.js';
import type { Browser } from './support/browser.js';
import { Gate, shopController } from './support/shop.js';
import { ADAPTERS, startApp } from './support/start-app.js';
import { nodeOptions, type RunningNode, startCluster } from './support/start-cluster.js';
import { until } from './support/until.js';

describe.each(ADAPTERS)('shutting down on %s', (adapter) => {
  test('a request in flight is stored and answered, and its connection closed', async () => {
    const gate = new Gate();
    const running = await startApp({ adapter, controllers: [shopController(gate)] });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const arrived = gate.hold('late');
    const writing = browser.send('PUT', '/keys/late', { value: 'stored' });
    await arrived;
    const closing = running.close();
    await until(() => running.app.get(SessionLifecycle).draining);
    gate.release('late');
    const response = await writing;
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
    await closing;
  });

  test('sessions are handed to the other nodes before the node is gone', async () => {
    const cluster = await startCluster({ adapter, size: 2, controllers: [shopController()] });
    const [leaving, staying] = cluster.nodes as [RunningNode, RunningNode];
    const browsers = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const browser = leaving.browser();
        await browser.post(`/cart/item${index}`);
        return browser;
      }),
    );
    await leaving.close();
    for (const [index, browser] of browsers.entries()) {
      const cart = await browser.at(staying.url).json('/cart');
      expect(cart).toEqual({ items: [`item${index}`], visits: 0 });
    }
    expect(leaving.logs.text).not.toMatch(/leaving with/);
    await staying.close();
  });

  test('the other nodes know it while hooks of later modules have yet to end', async () => {
    const gate = new Gate();
    @Global()
    @Module({})
    class LaterModule implements OnModuleDestroy {
      onModuleDestroy(): Promise<void> {
        return gate.pass('later');
      }
    }
    const bus = createMemoryBus();
    const start = (label: string) => {
      const options = nodeOptions(label, memoryTransport({ bus }));
      // Of modules that are global, the first comes last in a shutdown.
      const module = { module: LaterModule };
      return startApp({
        adapter,
        controllers: [],
        module,
        imports: [SessionModule.forRoot(options)],
      });
    };
    const [leaving, staying] = await Promise.all([start('n1'), start('n2')]);
    const seen = () =>
      staying.app
        .get<Cluster>(SESSION_CLUSTER)
        .members()
        .find(({ label }) => label === 'n1')?.state;
    await until(() => seen() === 'active');
    const arrived = gate.hold('later');
    const closing = leaving.close();
    await arrived;
    expect(leaving.app.get(SessionLifecycle).draining).toBe(true);
    await until(() => seen() === 'draining', 10_000).finally(() => gate.release('later'));
    await closing;
    await staying.close();
  });

  test('a request that ends after the sessions were handed over is stored and answered', async () => {
    const gate = new Gate();
    const controllers = [shopController(gate)];
    const cluster = await startCluster({ adapter, size: 2, controllers });
    const [leaving, staying] = cluster.nodes as [RunningNode, RunningNode];
    const browser = leaving.browser();
    await browser.post('/cart/lamp');
    const owned = () => staying.cluster.members().find(({ self }) => self)?.sessionsOwned;
    expect(owned()).toBe(0);
    const arrived = gate.hold('late');
    const writing = browser.send('PUT', '/keys/late', { value: 'stored' });
    await arrived;
    let isClosed = false;
    const closing = leaving.close().then(() => {
      isClosed = true;
    });
    // The server has taken its last connection, and waits for the request alone.
    await until(() => owned() === 1 && !(leaving.app.getHttpServer() as Server).listening);
    expect(isClosed).toBe(false);
    gate.release('late');
    const response = await writing;
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
    await closing;
    const keys = await browser.at(staying.url).json('/keys');
    expect(keys).toMatchObject({ cart: { items: ['lamp'] }, late: 'stored' });
    await staying.close();
  });

  test('requests are still served, and stored, by the hooks of every module', async () => {
    const seen: unknown[] = [];
    let browser: Browser | undefined;
    @Injectable()
    class LateWriter implements OnModuleDestroy, BeforeApplicationShutdown {
      async onModuleDestroy(): Promise<void> {
        seen.push((await browser?.post('/cart/first'))?.status);
      }
      async beforeApplicationShutdown(): Promise<void> {
        const health = await browser?.fetch('/healthz');
        seen.push(health?.status, health?.headers.get('connection'));
        seen.push(await (await browser?.post('/cart/second'))?.json());
      }
    }
    @Module({ providers: [LateWriter] })
    class LateModule {}
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      imports: [LateModule],
    });
    browser = running.browser();
    await browser.post('/cart/lamp');
    await running.close();
    expect(seen).toEqual([200, 404, 'close', { items: ['lamp', 'first', 'second'] }]);
  });

  test('closes at once although a client keeps its connection', async () => {
    @Controller()
    class PingController {
      @Get('ping')
      ping() {
        return 'pong';
      }
      @Post('ping')
      write(@Session() session: Session<{ n?: number }>) {
        session.n = 1;
      }
    }
    const running = await startApp({ adapter, controllers: [PingController] });
    await Promise.all(Array.from({ length: 5 }, () => fetch(`${running.url}/ping`)));
    await running.close();
    await expect(fetch(`${running.url}/ping`)).rejects.toThrow();
  });

  test('closes although a client has opened a connection and never used it', async () => {
    const running = await startApp({ adapter, controllers: [shopController()] });
    const { port } = new URL(running.url);
    const unused = connect(Number(port), '127.0.0.1');
    const ended = once(unused, 'close');
    await until(async () => (await connectionsOf(running.app.getHttpServer())) === 1);
    await running.close();
    await ended;
  });

  test('closes once a response has ended whose head left before, although its client keeps the connection', async () => {
    const gate = new Gate();
    @Controller()
    class DownloadController {
      @Get('download')
      download(@Res() response: ServerResponse | { readonly raw: ServerResponse }) {
        const raw = 'raw' in response ? response.raw : response;
        raw.write('first ');
        void gate.pass('rest').then(() => raw.end('last'));
      }
    }
    const running = await startApp({ adapter, controllers: [DownloadController] });
    const server = running.app.getHttpServer() as Server;
    // Fastify keeps 72 s to the idle connections of a server that closes; here nobody would live to see it.
    server.keepAliveTimeout = 600_000;
    const arrived = gate.hold('rest');
    const agent = new Agent({ keepAlive: true });
    const response = await get(`${running.url}/download`, agent);
    expect(response.headers.connection).toBe('keep-alive');
    await arrived;
    const closing = running.close();
    await until(() => !server.listening);
    gate.release('rest');
    expect(await text(response)).toBe('first last');
    await closing;
    agent.destroy();
  });
});

/** The head of a response, over a connection of this agent. */
function get(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, resolve).once('error', reject).end();
  });
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
