import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SessionHealthIndicator } from '../../src/health/index.js';
import { redisStore } from '../../src/index.js';
import { hasRedis, type RunningRedis, startRedis } from '../support/redis-server.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, type RunningApp, startApp } from '../support/start-app.js';
import { until } from '../support/until.js';

/** What an application adds for its readiness. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [SessionHealthIndicator],
})
class HealthModule {}

const SECRET = 'a secret that all processes of the test share';
const PASSWORD = 'the-password-of-redis';

describe.skipIf(!hasRedis).each(ADAPTERS)(
  'redisStore() and a Redis that is away, on %s',
  (adapter) => {
    let redis: RunningRedis;
    let app: RunningApp | undefined;
    let logs = new LogKeeper();
    beforeAll(async () => {
      redis = await startRedis();
      const client = new Redis(redis.url);
      await client.acl('SETUSER', 'shop', 'on', `>${PASSWORD}`, '~*', '+@all');
      await client.acl('SETUSER', 'poor', 'on', `>${PASSWORD}`, '~*', '+@all', '-@scripting');
      client.disconnect();
    });
    afterEach(() => app?.close());
    afterAll(() => redis.kill());

    async function start(url: string, timeoutMs = 1000): Promise<RunningApp> {
      logs = new LogKeeper();
      app = await startApp({
        adapter,
        controllers: [shopController()],
        imports: [HealthModule],
        logs,
        options: { secret: SECRET, store: redisStore({ url, timeoutMs }) },
      });
      return app;
    }
    const aboutRedis = () => logs.lines.filter((line) => line.includes('Redis at '));
    async function health({ url }: RunningApp): Promise<[number, unknown]> {
      const response = await fetch(`${url}/healthz`);
      return [response.status, await response.json()];
    }
    const as = (user: string, password: string) =>
      redis.url.replace('://', `://${user}:${password}@`);

    test('its loss and its return are logged once each, and health is 503 in between', async () => {
      const own = await startRedis();
      const running = await start(own.url);
      expect(await health(running)).toEqual([200, { state: 'active' }]);
      expect(aboutRedis()).toEqual([]);
      await own.kill();
      await until(async () => (await health(running))[0] === 503);
      for (let time = 0; time < 3; time++) {
        expect((await running.browser().post('/cart/tea')).status).toBe(503);
      }
      const away = await running.app.get(SessionHealthIndicator, { strict: false }).isHealthy();
      expect(away).toMatchObject({ sessions: { status: 'down', bus: 'away' } });
      const back = await startRedis(own.port);
      await until(async () => (await health(running))[0] === 200);
      await back.kill();
      await until(async () => (await health(running))[0] === 503);
      const address = `127.0.0.1:${own.port}`;
      expect(aboutRedis()).toEqual([
        expect.stringMatching(`^warn Redis at ${address} cannot be used: .*503`),
        expect.stringMatching(`^log Redis at ${address} can be used again`),
        expect.stringMatching(`^warn Redis at ${address} cannot be used: `),
      ]);
    });

    test('a start with an address where nobody is says so, with the reason', async () => {
      const running = await start('redis://127.0.0.1:1');
      expect((await health(running))[0]).toBe(503);
      expect(aboutRedis()).toEqual([expect.stringMatching(/127\.0\.0\.1:1 .*ECONNREFUSED/)]);
    });

    test('a start with wrong credentials says so, and shows none of them', async () => {
      const running = await start(as('shop', 'not-the-password'));
      expect((await health(running))[0]).toBe(503);
      expect(aboutRedis()).toEqual([expect.stringMatching(/WRONGPASS/)]);
      expect(logs.text).not.toMatch(/not-the-password|shop/);
    });

    test('a user that may run no scripts is told of at the start, and served when it may', async () => {
      const running = await start(as('poor', PASSWORD));
      expect((await health(running))[0]).toBe(503);
      expect(aboutRedis()).toEqual([expect.stringMatching(/NOPERM/)]);
      const client = new Redis(redis.url);
      await client.acl('SETUSER', 'poor', '+@scripting');
      await until(async () => (await health(running))[0] === 200);
      expect((await running.browser().post('/cart/tea')).status).toBe(200);
      await client.acl('SETUSER', 'poor', '-@scripting');
      client.disconnect();
      expect(logs.text).not.toContain(PASSWORD);
    });

    test('a server that takes the connection and never answers is no Redis', async () => {
      const silent = createServer(() => {}).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const running = await start(`redis://127.0.0.1:${port}`, 50);
      expect((await health(running))[0]).toBe(503);
      expect(aboutRedis()).toEqual([expect.stringMatching(/timed out/)]);
      await running.close();
      app = undefined;
      silent.close();
    });

    test('one that stops answering on an open connection is noticed by the requests it fails', async () => {
      const own = await startRedis();
      const running = await start(own.url, 100);
      const browser = running.browser();
      await browser.post('/cart/tea');
      own.pause();
      expect((await browser.fetch('/cart')).status).toBe(503);
      await until(async () => (await health(running))[0] === 503);
      own.resume();
      await until(async () => (await health(running))[0] === 200);
      expect(await browser.json('/cart')).toMatchObject({ items: ['tea'] });
      expect(aboutRedis()).toEqual([
        expect.stringMatching(/^warn .*timed out/),
        expect.stringMatching(/^log .*again/),
      ]);
      await own.kill();
    });
  },
);
