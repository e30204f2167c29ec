import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, test } from 'vitest';
import {
  cookieStore,
  Idempotent,
  OnConflict,
  RateLimit,
  Session,
  SessionEvents,
  SessionLock,
  SessionModule,
  type SessionModuleOptions,
  SessionOptionError,
  SessionService,
  WizardModule,
} from '../../src/index.js';
import { normalizeSessionOptions } from '../../src/options/normalize-options.js';
import { FakeClock } from '../../src/testing/index.js';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, type RunningApp, startApp } from '../support/start-app.js';
import { chatModule, open, withSockets } from '../websocket/chat.js';

const SECRET = 'a secret that all processes of the test share';
const MINUTE_MS = 60_000;

@Controller()
class AtomicController {
  @Post('views')
  views(@Session() session: Session) {
    session.increment('views');
    return {};
  }

  @Post('visits')
  async visits(@Session() session: Session) {
    await session.update(() => {});
    return {};
  }
}

describe.each(ADAPTERS)('store: cookieStore(), on %s', (adapter) => {
  const running: RunningApp[] = [];
  const logs = new LogKeeper();
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  const start = async (options: SessionModuleOptions = {}, gate = new Gate()) => {
    const app = await startApp({
      adapter,
      logs,
      controllers: [shopController(gate), AtomicController],
      options: { secret: SECRET, store: cookieStore(), ...options },
    });
    running.push(app);
    return app;
  };

  test('what needs a server that knows of sessions is not there', async () => {
    const app = await start();
    const browser = app.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    for (const [method, path] of [
      ['GET', '/session/events'],
      ['GET', '/session/devices'],
      ['DELETE', '/session/devices/a-handle'],
    ] as const) {
      expect([path, (await browser.send(method, path)).status]).toEqual([path, 404]);
    }
    expect((await browser.json('/session')).authenticated).toBe(true);
  });

  test('a session is where its browser goes, also after a restart, and nobody can read it', async () => {
    const [one, other] = [await start(), await start()];
    const browser = one.browser();
    await browser.post('/cart/brass-lamp');
    await browser.at(other.url).post('/cart/chair');
    expect(await browser.at(other.url).json('/cart')).toMatchObject({ items: ['brass-lamp'] });
    const token = browser.cookies.get('sid') as string;
    expect(token.split('.')).toHaveLength(5);
    const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(parts.join()).not.toContain('brass');
    await Promise.all(running.splice(0).map((app) => app.close()));
    const third = await start();
    expect(await browser.at(third.url).json('/cart')).toMatchObject({ items: ['brass-lamp'] });
  });

  test('values of all kinds come back', async () => {
    const browser = (await start()).browser();
    const value = { list: [1, 'two', { three: null }], text: 'ünï', yes: true };
    await browser.send('PUT', '/keys/value', { value });
    expect(await browser.json('/keys')).toEqual({ value });
  });

  test('a login keeps the cart, changes hash and token, and is told', async () => {
    const app = await start();
    const told: unknown[] = [];
    app.app.get(SessionEvents).stream.subscribe((event) => told.push(event));
    const browser = app.browser();
    await browser.post('/cart/lamp');
    const before = new Map(browser.cookies);
    expect((await browser.post('/login', { id: 'ada', roles: ['admin'] })).status).toBe(200);
    for (const name of ['sid', 'sid-csrf']) {
      expect(browser.cookies.get(name)).not.toBe(before.get(name));
    }
    expect(await browser.json('/me')).toEqual({ id: 'ada', roles: ['admin'] });
    expect((await browser.fetch('/admin')).status).toBe(200);
    expect(await browser.json('/cart')).toMatchObject({ items: ['lamp'] });
    const forged = await browser.post('/cart/chair', undefined, { 'x-csrf-token': 'forged' });
    expect(forged.status).toBe(403);
    expect((await browser.post('/logout')).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect(told).toMatchObject([
      { kind: 'created' },
      { kind: 'login', principal: 'ada' },
      { kind: 'csrf-refused' },
      { kind: 'ended', reason: 'logout' },
    ]);
  });

  test('reading makes no session and gives no cookie', async () => {
    const response = await (await start()).browser().fetch('/cart');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('a request that only reads does not bring an older session back', async () => {
    const clock = new FakeClock();
    const gate = new Gate();
    const app = await start({ clock }, gate);
    const browser = app.browser();
    await browser.post('/login', { id: 'ada' });
    await clock.advance(MINUTE_MS);
    const arrived = gate.hold('slow-me');
    const reading = browser.at(app.url).fetch('/slow-me');
    await arrived;
    await browser.post('/cart/lamp');
    gate.release('slow-me');
    const given = (await reading).headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
    // When it was used, and not what was in it then.
    expect(given).toEqual(['sid-route']);
  });

  test('ends when nobody came for its idle time, and at its absolute end whoever comes', async () => {
    const clock = new FakeClock();
    const app = await start({ clock, timeouts: { idle: '10m', absolute: '25m' } });
    const [idle, busy] = [app.browser(), app.browser()];
    for (const browser of [idle, busy]) await browser.post('/login', { id: 'ada' });
    const status = async (browser: typeof busy) => (await browser.fetch('/me')).status;
    await clock.advance(9 * MINUTE_MS + 59_000);
    for (const browser of [idle, busy]) expect(await status(browser)).toBe(200);
    await clock.advance(9 * MINUTE_MS + 59_000);
    expect(await status(busy)).toBe(200);
    await clock.advance(2000);
    expect([await status(idle), await status(busy)]).toEqual([401, 200]);
    // When another session was used says nothing of this one; nor does what nobody signed.
    const seen = busy.cookies.get('sid-route') as string;
    for (const value of [seen, seen.replace(/[^.]+$/, 'A'.repeat(22))]) {
      idle.cookies.set('sid-route', value);
      expect(await status(idle)).toBe(401);
    }
    await clock.advance(5 * MINUTE_MS - 1000);
    expect(await status(busy)).toBe(200);
    await clock.advance(2000);
    expect(await status(busy)).toBe(401);
  });

  test('what does not fit is a 413 before the headers leave, and the session stays as it was', async () => {
    const browser = (await start()).browser();
    await browser.send('PUT', '/keys/small', { value: 'x'.repeat(2000) });
    const response = await browser.send('PUT', '/keys/large', { value: 'y'.repeat(1500) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'session-too-large' });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(Object.keys(await browser.json('/keys'))).toEqual(['small']);
  });

  test('the largest that fits is a cookie that browsers keep', async () => {
    const browser = (await start()).browser();
    let length = 3000;
    let response: Response;
    do {
      length -= 1;
      response = await browser.send('PUT', '/keys/text', { value: 'x'.repeat(length) });
    } while (response.status === 413);
    const cookies = response.headers.getSetCookie();
    const [cookie = ''] = cookies.filter((text) => text.startsWith('sid='));
    expect(cookie.length).toBeLessThanOrEqual(4096);
    expect(cookie.length).toBeGreaterThan(3900);
    expect(Object.keys(await browser.json('/keys'))).toEqual(['text']);
  });

  test('a secret is replaced in two steps', async () => {
    const next = 'the secret that comes after that one, some day';
    const [old, both, fresh] = [
      await start(),
      await start({ secret: [next, SECRET] }),
      await start({ secret: next }),
    ];
    const browser = old.browser();
    await browser.post('/login', { id: 'ada' });
    const kept = browser.at(both.url);
    expect(await kept.json('/me')).toMatchObject({ id: 'ada' });
    expect((await browser.at(fresh.url).fetch('/me')).status).toBe(401);
    // Sealed anew by the next change.
    await kept.post('/cart/lamp');
    expect(await kept.at(fresh.url).json('/me')).toMatchObject({ id: 'ada' });
  });

  test.each(['views', 'visits'])(
    '/%s, which needs the newest session, is an error',
    async (path) => {
      const browser = (await start()).browser();
      await browser.post('/cart/lamp');
      const response = await browser.post(`/${path}`);
      expect([response.status, await response.json()]).toMatchObject([
        500,
        { detail: expect.stringContaining('not with cookieStore()') },
      ]);
    },
  );

  test('a socket is closed: nobody could give it the session anew', async () => {
    const app = await startApp({
      adapter,
      logs,
      controllers: [shopController()],
      imports: [chatModule()],
      prepare: withSockets,
      options: { secret: SECRET, store: cookieStore() },
    });
    running.push(app);
    const browser = app.browser();
    await browser.post('/login', { id: 'ada' });
    expect((await open(browser).closed).code).toBe(1013);
    expect(logs.text).toMatch(/a socket was closed: .*not with cookieStore\(\)/);
  });

  test('ending sessions from elsewhere rejects', async () => {
    const service = (await start()).app.get(SessionService);
    const reason = /not with cookieStore\(\)/;
    await expect(service.revokeAll('ada')).rejects.toThrow(reason);
    await expect(service.revoke('x'.repeat(43))).rejects.toThrow(reason);
    await expect(service.list('ada')).rejects.toThrow(reason);
    await expect(service.find('x'.repeat(43))).rejects.toThrow(reason);
  });
});

describe('store: cookieStore() refuses at start', () => {
  const environment = { production: false, randomSecret: () => 'r'.repeat(43) };
  const store = cookieStore();

  test.each<[string, object]>([
    ['limits.perPrincipal', { limits: { perPrincipal: 3 } }],
    ['limits.newSessions', { limits: { newSessions: { limit: 10, window: '1m' } } }],
    ['idempotency', { idempotency: 'auto' }],
    ['idempotency', { idempotency: 'marked' }],
    ['onConflict', { onConflict: 'reject' }],
    ['transport', { transport: ['cookie', 'header'] }],
    ['timeouts.renew', { timeouts: { renew: '15m' } }],
    ['cluster', { cluster: { servers: 'nats://127.0.0.1' } }],
    ['tier', { tier: { write: () => {} } }],
    ['secret', { secret: undefined }],
    [
      'legacyCookies',
      { legacyCookies: { secret: 'x', store: { get: () => {}, destroy: () => {} } } },
    ],
  ])('the option %s', (option, options) => {
    const normalize = () =>
      normalizeSessionOptions({ secret: SECRET, store, ...options }, environment);
    expect(normalize).toThrow(SessionOptionError);
    expect(normalize).toThrow(`option ${option} `);
  });

  test.each<[string, () => MethodDecorator]>([
    ['@SessionLock()', () => SessionLock()],
    ['@Idempotent()', () => Idempotent()],
    ["@OnConflict('reject')", () => OnConflict('reject')],
    ['@RateLimit()', () => RateLimit({ name: 'a', limit: 1, window: '1m', by: 'ip' })],
  ])('a route with %s', async (name, decorate) => {
    @Controller()
    class AskingController {
      @Post('work')
      @decorate()
      work() {
        return {};
      }
    }
    @Module({
      imports: [SessionModule.forRoot({ secret: SECRET, store })],
      controllers: [AskingController],
    })
    class AskingModule {}
    const starting = NestFactory.create(AskingModule, { logger: false, abortOnError: false });
    await expect(starting).rejects.toThrow(name);
    await expect(starting).rejects.toThrow(/store is "cookieStore\(\)"/);
  });

  test('forms in steps', async () => {
    @Module({
      imports: [SessionModule.forRoot({ secret: SECRET, store }), WizardModule.register([])],
    })
    class FormsModule {}
    const starting = NestFactory.create(FormsModule, { logger: false, abortOnError: false });
    await expect(starting).rejects.toThrow(/store is "cookieStore\(\)".*WizardModule/);
  });

  test('and nothing of what it can do', () => {
    const options: SessionModuleOptions = {
      secret: SECRET,
      store,
      clock: new FakeClock(),
      timeouts: { idle: '5m', remember: '30d' },
      binding: { userAgent: 'reject' },
      limits: { newSessions: false },
      idempotency: false,
      schema: { version: 2, migrate: { 2: (data) => data } },
    };
    const normalized = normalizeSessionOptions(options, environment);
    expect(normalized).toMatchObject({ idempotency: false, newSessions: undefined });
  });

  test('an audience that is none', () => {
    expect(() => cookieStore({ audience: '' })).toThrow(SessionOptionError);
    expect(() => cookieStore({ audience: 'x'.repeat(65) })).toThrow(/1 to 64 characters/);
  });
});
