import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Cluster } from '@understudy/replication';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  redisStore,
  type SessionEvent,
  SessionEvents,
  SessionLock,
  SessionModule,
  SessionOptionError,
  SessionService,
} from '../../src/index.js';
import { normalizeSessionOptions } from '../../src/options/normalize-options.js';
import { hasRedis, type RunningRedis, startRedis } from '../support/redis-server.js';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, startApp } from '../support/start-app.js';
import { until } from '../support/until.js';

const SECRET = 'a secret that all processes of the test share';

describe.skipIf(!hasRedis).each(ADAPTERS)('store: redisStore(), on %s', (adapter) => {
  let redis: RunningRedis;
  const logs = new LogKeeper();
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  const start = (url = redis.url, gate = new Gate()) =>
    startApp({
      adapter,
      controllers: [shopController(gate)],
      logs,
      options: { secret: SECRET, store: redisStore({ url, timeoutMs: 1000 }) },
    });
  const value = (value: unknown) => ({ value });

  test('processes have nothing of their own: each serves every session, also after a restart', async () => {
    const [one, other] = [await start(), await start()];
    const browser = one.browser();
    await browser.post('/cart/tea');
    await browser.at(other.url).post('/cart/milk');
    expect(await browser.json('/cart')).toMatchObject({ items: ['tea', 'milk'] });
    expect((await browser.fetch('/cart')).headers.get('session-info')).toContain('node="redis"');
    await Promise.all([one.close(), other.close()]);
    const third = await start();
    expect(await browser.at(third.url).json('/cart')).toMatchObject({ items: ['tea', 'milk'] });
    await third.close();
  });

  test('parallel requests at two processes keep what each changed, 20 of 20', async () => {
    const gates = [new Gate(), new Gate()] as const;
    const [one, other] = [await start(redis.url, gates[0]), await start(redis.url, gates[1])];
    const browser = one.browser();
    for (let round = 0; round < 20; round++) {
      const [left, right] = [`l${round}`, `r${round}`];
      await browser.send('PUT', '/keys/first', value(round));
      const held = [gates[0].hold(left), gates[1].hold(right)];
      const running = [
        browser.at(one.url).send('PUT', `/keys/${left}`, value(1)),
        browser.at(other.url).send('PUT', `/keys/${right}`, value(2)),
      ];
      await Promise.all(held);
      gates[0].release(left);
      gates[1].release(right);
      await Promise.all(running);
      expect(await browser.json('/keys')).toMatchObject({ [left]: 1, [right]: 2 });
    }
    await Promise.all([one.close(), other.close()]);
  });

  test('a login gets a new id, and a logout is final while another request runs', async () => {
    const gate = new Gate();
    const [one, other] = [await start(), await start(redis.url, gate)];
    const browser = one.browser();
    await browser.post('/cart/tea');
    const before = browser.at(other.url);
    expect((await browser.post('/login', { id: 'ada', roles: [] })).status).toBe(200);
    expect(await before.json('/cart')).toMatchObject({ items: [] });
    expect(await browser.json('/me')).toMatchObject({ id: 'ada' });

    const held = gate.hold('late');
    const late = browser.at(other.url);
    const running = late.send('PUT', '/keys/late', value(1));
    await held;
    const tab = browser.at(other.url);
    expect((await browser.post('/logout')).status).toBe(204);
    gate.release('late');
    expect((await running).status).toBe(401);
    expect((await tab.fetch('/me')).status).toBe(401);
    await Promise.all([one.close(), other.close()]);
  });

  test('an idempotency key runs once, at whichever process it is repeated', async () => {
    const [one, other] = [await start(), await start()];
    const browser = one.browser();
    await browser.post('/cart/tea');
    const key = { 'idempotency-key': 'order-1' };
    await browser.post('/cart/milk', undefined, key);
    const again = await browser.at(other.url).post('/cart/milk', undefined, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await browser.json('/cart')).toMatchObject({ items: ['tea', 'milk'] });
    await Promise.all([one.close(), other.close()]);
  });

  test('an end is told once, whichever processes are asked for it at the same time', async () => {
    const gates = [new Gate(), new Gate()] as const;
    const [one, other] = [await start(redis.url, gates[0]), await start(redis.url, gates[1])];
    const told: SessionEvent[] = [];
    for (const { app } of [one, other]) {
      app.get(SessionEvents).on('ended', (event) => told.push(event));
    }
    const browser = one.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const { session } = (await one.app.get(SessionService).list('ada'))[0] as { session: string };
    // Both requests have seen the session alive before either ends it.
    const held = gates.map((gate) => gate.hold('logout'));
    const running = [browser.at(one.url), browser.at(other.url)].map((tab) => tab.post('/logout'));
    await Promise.all(held);
    for (const gate of gates) gate.release('logout');
    await Promise.all(running);
    await one.app.get(SessionService).revoke(session, 'stolen');
    expect(told).toEqual([{ kind: 'ended', session, reason: 'logout' }]);
    await Promise.all([one.close(), other.close()]);
  });

  test('a revocation is told once, with its reason', async () => {
    const [one, other] = [await start(), await start()];
    const told: SessionEvent[] = [];
    for (const { app } of [one, other]) {
      app.get(SessionEvents).on('ended', (event) => told.push(event));
    }
    await one.browser().post('/login', { id: 'bob', roles: [] });
    const service = other.app.get(SessionService);
    const { session } = (await service.list('bob'))[0] as { session: string };
    await Promise.all([service.revokeAll('bob'), one.app.get(SessionService).revokeAll('bob')]);
    expect(told).toEqual([{ kind: 'ended', session, reason: 'revoked' }]);
    await Promise.all([one.close(), other.close()]);
  });

  test('while Redis is away a session is a 503, and nothing says 200 that was not stored', async () => {
    const own = await startRedis();
    const app = await start(own.url);
    const browser = app.browser();
    await browser.post('/cart/tea');
    await own.kill();
    await until(async () => (await browser.fetch('/cart')).status === 503);
    expect((await app.browser().post('/cart/tea')).status).toBeGreaterThanOrEqual(503);
    expect((await app.browser().fetch('/cart')).status).toBe(200);
    const back = await startRedis(own.port);
    await until(async () => (await app.browser().post('/cart/tea')).status === 200);
    await app.close();
    await back.kill();
  });
});

@Controller()
class LockingController {
  @Post('work')
  @SessionLock()
  work() {
    return {};
  }
}

describe('store', () => {
  test('@SessionLock() stops the start where no locks are kept', async () => {
    const start = async () => ({ on: () => () => {}, stop: async () => {} }) as unknown as Cluster;
    const lockless = { name: 'aStore()', hasLocks: false, start };
    @Module({
      imports: [SessionModule.forRoot({ secret: SECRET, store: lockless })],
      controllers: [LockingController],
    })
    class LockingModule {}
    const starting = NestFactory.create(LockingModule, { logger: false, abortOnError: false });
    await expect(starting).rejects.toThrow(/store is "aStore\(\)".*@SessionLock\(\)/);
  });

  const environment = { production: false, randomSecret: () => 'r'.repeat(43) };
  const store = redisStore({ url: 'redis://127.0.0.1:1' });

  test.each<[string, object]>([
    ['store', { store: 'redis' }],
    ['cluster', { store, cluster: { servers: 'nats://127.0.0.1' } }],
    ['tier', { store, tier: { write: () => {} } }],
    [
      'clock',
      {
        store,
        clock: { nowMs: () => 0, wallMs: () => 0, every: () => () => {}, afterTurn: () => {} },
      },
    ],
    ['secret', { store, secret: undefined }],
    ['timeouts.renew', { store, timeouts: { renew: '15m' } }],
    ['timeouts.renew', { store, timeouts: 'aal2' }],
  ])('refuses %s that means nothing beside it', (option, options) => {
    const normalize = () => normalizeSessionOptions({ secret: SECRET, ...options }, environment);
    expect(normalize).toThrow(SessionOptionError);
    expect(normalize).toThrow(`option ${option} `);
  });
});
