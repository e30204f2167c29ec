import { createHash } from 'node:crypto';
import {
  Controller,
  Get,
  HttpCode,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Post,
  RequestMethod,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Cluster } from '@understudy/replication';
import { afterEach, describe, expect, test } from 'vitest';
import { KeyRing } from '../src/identity/key-ring.js';
import {
  AuthenticatedGuard,
  Durability,
  RateLimit,
  RateLimitService,
  RequireSession,
  SESSION_CLUSTER,
  Session,
  SessionEvents,
  SessionModule,
  type SessionModuleOptions,
  type SessionOptionsFactory,
  SessionService,
} from '../src/index.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, LogKeeper, type RunningApp, startApp } from './support/start-app.js';

let running: RunningApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe.each(ADAPTERS)('SessionModule on %s', (adapter) => {
  const controllers = [shopController()];

  test('runs without options and says that it is for development', async () => {
    running = await startApp({ adapter, controllers });
    expect(running.logs.text).toMatch(/warn no secret was given: .* For development only/);
  });

  test('takes options from a factory', async () => {
    const module = SessionModule.forRootAsync({
      inject: [],
      useFactory: async () => ({ secret: 'x'.repeat(32), cookie: { name: 'shop' } }),
    });
    running = await startApp({ adapter, controllers, module });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    expect([...browser.cookies.keys()].sort()).toEqual(['shop', 'shop-csrf', 'shop-route']);
    expect(running.logs.text).not.toMatch(/no secret/);
  });

  test('takes options from a class', async () => {
    @Injectable()
    class Options implements SessionOptionsFactory {
      createSessionOptions(): SessionModuleOptions {
        return { secret: 'x'.repeat(32), cookie: { name: 'classy' } };
      }
    }
    const module = SessionModule.forRootAsync({ useClass: Options });
    running = await startApp({ adapter, controllers, module });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    expect(browser.cookies.has('classy')).toBe(true);
  });

  test('serves its endpoints where it is told, or nowhere', async () => {
    running = await startApp({
      adapter,
      controllers,
      options: { endpoints: '/account/session', health: false },
    });
    expect((await fetch(`${running.url}/account/session`)).status).toBe(200);
    expect((await fetch(`${running.url}/session`)).status).toBe(404);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(404);
  });

  test('reaches every route under a global prefix and those that are excluded from it', async () => {
    running = await startApp({
      adapter,
      controllers,
      prepare: (app) =>
        app.setGlobalPrefix('api', { exclude: [{ path: 'cart', method: RequestMethod.GET }] }),
    });
    const browser = running.browser();
    expect((await browser.post('/api/cart/lamp')).status).toBe(200);
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('is there before the middleware of other modules, of a global prefix too', async () => {
    const seen: string[] = [];
    @Module({})
    class OtherModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer
          .apply((request: { session?: unknown }, _response: unknown, next: () => void) => {
            seen.push(typeof request.session);
            next();
          })
          .forRoutes('{*path}');
      }
    }
    running = await startApp({
      adapter,
      controllers,
      imports: [OtherModule],
      prepare: (app) => app.setGlobalPrefix('api'),
    });
    await running.browser().fetch('/api/cart');
    expect(seen).toEqual(['object']);
  });

  test('the session endpoints show, extend and end the session', async () => {
    running = await startApp({ adapter, controllers });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada', roles: ['admin'] });
    const view = await browser.json('/session');
    expect(view).toMatchObject({
      authenticated: true,
      principal: { id: 'ada', roles: ['admin'] },
      csrfToken: browser.cookies.get('sid-csrf'),
      revision: expect.stringMatching(/^\d+\.\d+$/),
    });
    const expiresInMs = Date.parse(view.expiresAt as string) - Date.now();
    expect(expiresInMs).toBeGreaterThan(29 * 60_000);
    expect(expiresInMs).toBeLessThanOrEqual(30 * 60_000);
    const touched = await browser.post('/session/touch');
    expect([touched.status, Object.keys((await touched.json()) as object)]).toEqual([
      200,
      ['expiresAt'],
    ]);
    expect((await browser.send('DELETE', '/session')).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.send('DELETE', '/session')).status).toBe(204);
    expect((await browser.post('/session/touch')).status).toBe(401);
  });

  test('a route says how many copies its changes wait for', async () => {
    @Controller('durable')
    class DurableController {
      @Post('async')
      @Durability('async')
      async(@Session() session: Session<{ n?: number }>) {
        session.n = 1;
      }

      @Post('default')
      default(@Session() session: Session<{ n?: number }>) {
        session.n = 2;
      }
    }
    running = await startApp({ adapter, controllers: [DurableController] });
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    const cluster = running.app.get<Cluster>(SESSION_CLUSTER);
    const asked: unknown[] = [];
    const commit = cluster.commit.bind(cluster);
    cluster.commit = (request) => {
      asked.push(request.durability);
      return commit(request);
    };
    await browser.post('/durable/async');
    await browser.post('/durable/default');
    expect(asked).toEqual(['async', 'backup']);
  });

  test('its guards can be those of the whole application', async () => {
    @Module({ providers: [{ provide: APP_GUARD, useExisting: AuthenticatedGuard }] })
    class GuardedModule {}
    running = await startApp({ adapter, controllers, imports: [GuardedModule] });
    expect((await running.browser().fetch('/cart')).status).toBe(401);
    expect((await running.browser().post('/login', { id: 'ada' })).status).toBe(401);
  });

  test('a session that was revoked from outside is gone', async () => {
    running = await startApp({ adapter, controllers });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const name = nameOf(browser.cookies.get('sid') as string);
    await running.app.get(SessionService).revoke(name);
    await running.app.get(SessionService).revoke(name);
    expect((await browser.fetch('/me')).status).toBe(401);
  });

  test('health tells where the node stands and needs no session', async () => {
    running = await startApp({ adapter, controllers });
    const response = await fetch(`${running.url}/healthz`, { headers: { cookie: 'sid=junk' } });
    expect([response.status, await response.json()]).toEqual([200, { state: 'active' }]);
    expect(response.headers.get('session-info')).toBeNull();
  });

  test('over https, as a trusted proxy tells, the cookie is __Host- and Secure', async () => {
    running = await startApp({ adapter, controllers, options: { trustProxy: true } });
    const browser = running.browser({ 'x-forwarded-proto': 'https' });
    const response = await browser.post('/cart/lamp');
    for (const cookie of response.headers.getSetCookie()) {
      expect(cookie).toMatch(/^__Host-sid(-route|-csrf)?=[^;]+; Path=\/; .*Secure; SameSite=Lax$/);
      expect(cookie).not.toMatch(/Domain/);
      expect(cookie.includes('HttpOnly')).toBe(!cookie.startsWith('__Host-sid-csrf'));
    }
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
    // The plain name is not taken over https: anyone could have planted it over http.
    const planted = (browser.cookies.get('__Host-sid') as string).toString();
    const headers = { cookie: `sid=${planted}`, 'x-forwarded-proto': 'https' };
    const read = await fetch(`${running.url}/cart`, { headers });
    expect(await read.json()).toEqual({ items: [], visits: 0 });
  });

  test('without trust a client cannot claim https', async () => {
    running = await startApp({ adapter, controllers });
    const browser = running.browser({ 'x-forwarded-proto': 'https' });
    await browser.post('/cart/lamp');
    expect([...browser.cookies.keys()]).toContain('sid');
  });

  test.each(['https', 'http, WSS'])(
    'one that says %s without trust is told to the operator, once',
    async (proto) => {
      running = await startApp({ adapter, controllers });
      const warned = () => running?.logs.lines.filter((line) => line.includes('trustProxy'));
      await running.browser({ 'x-forwarded-proto': 'https, http' }).post('/cart/lamp');
      await running.browser().post('/cart/lamp');
      expect(warned()).toEqual([]);
      const browser = running.browser({ 'x-forwarded-proto': proto });
      await browser.post('/cart/lamp');
      await browser.post('/cart/lamp');
      expect(warned()).toEqual([expect.stringMatching(/^warn X-Forwarded-Proto .*without Secure/)]);
    },
  );

  test('what a client says of the scheme neither fills the log nor keeps other warnings out', async () => {
    running = await startApp({ adapter, controllers, options: { cookie: { secure: true } } });
    for (let at = 0; at < 120; at++) {
      await running
        .browser({ 'x-forwarded-proto': `made-up-${at}-${'x'.repeat(200)}` })
        .fetch('/cart');
    }
    const warned = running.logs.lines.filter((line) => line.includes('no session can begin here'));
    expect(warned).toHaveLength(1);
    expect(warned[0]?.length).toBeLessThan(260);
  });

  test('secure: true over plain http tells the developer what is missing', async () => {
    running = await startApp({ adapter, controllers, options: { cookie: { secure: true } } });
    const response = await running.browser().post('/cart/lamp');
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(running.logs.text).toMatch(/cookie\.secure is true .*trustProxy/);
    expect((await running.browser().fetch('/cart')).status).toBe(200);
  });

  test('every request extends the idle time, but for passive ones', async () => {
    running = await startApp({ adapter, controllers });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const cluster = running.app.get<Cluster>(SESSION_CLUSTER);
    let touches = 0;
    const touch = cluster.touch.bind(cluster);
    cluster.touch = (key) => {
      touches++;
      touch(key);
    };
    await browser.fetch('/cart', { headers: { 'session-passive': '?1' } });
    expect(touches).toBe(0);
    const response = await browser.fetch('/cart');
    expect(touches).toBe(1);
    expect(response.headers.get('session-info')).toContain('exp=1800');
  });

  test('a client that has seen more than any node has is told, and never goes back', async () => {
    running = await startApp({ adapter, controllers });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const seen: unknown[] = [];
    const stop = running.app.get(SessionEvents).on('lost-revisions', (event) => seen.push(event));
    const ahead = { 'session-min-rev': '7.100' };
    const response = await browser.fetch('/session', { headers: ahead });
    stop();
    expect(seen).toMatchObject([{ seen: '7.100', found: expect.stringMatching(/^\d+\.\d+$/) }]);
    const { revision } = (await response.json()) as { revision: string };
    const [epoch, seq] = revision.split('.').map(Number) as [number, number];
    expect(epoch > 7 || (epoch === 7 && seq > 100)).toBe(true);
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('an old secret verifies until it is dropped', async () => {
    const [old, next] = ['o'.repeat(32), 'n'.repeat(32)];
    running = await startApp({ adapter, controllers, options: { secret: [next, old] } });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const cookie = browser.cookies.get('sid') as string;
    const payload = cookie.slice(0, cookie.lastIndexOf('.'));
    const signedBy = (secret: string) => ({
      headers: { cookie: `sid=${payload}.${new KeyRing([secret], 'session-id').sign(payload)}` },
    });
    const items = async (secret: string) =>
      (
        (await (await fetch(`${running?.url}/cart`, signedBy(secret))).json()) as {
          items: string[];
        }
      ).items;
    expect(await items(next)).toEqual(['lamp']);
    expect(await items(old)).toEqual(['lamp']);
    expect(await items('d'.repeat(32))).toEqual([]);
  });

  test('a session of a node that forgot it is lost, and guarded routes say so', async () => {
    @Controller()
    class LostController {
      @Get('needs')
      @RequireSession()
      needs() {
        return { ok: true };
      }
    }
    const options = { secret: 'a secret that outlives the process' };
    const before = await startApp({ adapter, controllers, options });
    const browser = before.browser();
    await browser.post('/cart/lamp');
    await before.close();
    running = await startApp({ adapter, controllers: [...controllers, LostController], options });
    const after = browser.at(running.url);
    const guarded = await after.fetch('/needs');
    expect([guarded.status, await guarded.json()]).toMatchObject([401, { code: 'session-lost' }]);
    expect((await after.fetch('/me')).status).toBe(401);
    expect(await after.json('/cart')).toEqual({ items: [], visits: 0 });
    expect((await after.post('/cart/chair')).status).toBe(200);
    expect((await after.fetch('/needs')).status).toBe(200);
  });
});

/** What `session.id` shows for an id cookie. */
function nameOf(cookie: string): string {
  return createHash('sha256').update(cookie.slice(0, 43)).digest('base64url');
}

describe('Fastify without middleware', () => {
  test('has sessions all the same', async () => {
    running = await startApp({
      adapter: 'fastify',
      http: new FastifyAdapter({ skipMiddie: true }),
      controllers: [shopController()],
    });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });
});

describe('a module that cannot work', () => {
  test.each<[string, SessionModuleOptions, RegExp]>([
    ['a cluster without a secret', { cluster: { servers: 'nats://127.0.0.1:1' } }, /must agree/],
    ['a cookie no browser takes', { cookie: { sameSite: 'none' } }, /SameSite=None/],
    ['an option that is none', { secrets: 'x' } as SessionModuleOptions, /option secrets/],
  ])('refuses to start: %s', async (_name, options, message) => {
    @Module({ imports: [SessionModule.forRoot(options)] })
    class AppModule {}
    const start = NestFactory.createApplicationContext(AppModule, {
      logger: new LogKeeper(),
      abortOnError: false,
    });
    await expect(start).rejects.toThrow(message);
  });

  test('refuses an endpoint that is no path where it is written', () => {
    expect(() => SessionModule.forRoot({ endpoints: 'session' })).toThrow(/endpoints is "session"/);
  });

  test('needs a secret in production', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      @Module({ imports: [SessionModule.forRoot()] })
      class AppModule {}
      const options = { logger: new LogKeeper(), abortOnError: false };
      await expect(NestFactory.createApplicationContext(AppModule, options)).rejects.toThrow(
        /NODE_ENV is production; make one with node -e/,
      );
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  test('runs without any HTTP server', async () => {
    @Module({ imports: [SessionModule.forRoot()] })
    class AppModule {}
    const context = await NestFactory.createApplicationContext(AppModule, {
      logger: new LogKeeper(),
    });
    expect(context.get(SessionService).status().state).toBe('active');
    await context.close();
  });
});

@Controller('limited')
class LimitedController {
  constructor(private readonly limits: RateLimitService) {}

  @Post('session')
  @HttpCode(200)
  @RateLimit({ name: 'cart', limit: 3, window: '1h', by: 'session' })
  bySession(@Session() session: Session<{ n?: number }>) {
    session.n = (session.n ?? 0) + 1;
    return { n: session.n };
  }

  @Get('two')
  @RateLimit(
    { name: 'fast', limit: 2, window: '1m', by: 'ip' },
    { name: 'slow', limit: 100, window: '1d', by: 'ip' },
  )
  two() {
    return { ok: true };
  }

  @Get('dry')
  @RateLimit({ name: 'dry', limit: 1, window: '1h', by: () => 'everyone', mode: 'dry-run' })
  dry() {
    return { ok: true };
  }

  @Get('service')
  async service() {
    const rule = { name: 'login', limit: 2, window: '1h' };
    const first = await this.limits.consume(rule, 'ada');
    const second = await this.limits.consume(rule, 'ada');
    const third = await this.limits.consume(rule, 'ada');
    const other = await this.limits.consume(rule, 'bob');
    await this.limits.reward(rule, 'ada', 2);
    const after = await this.limits.inspect(rule, 'ada');
    return [first.allowed, second.allowed, third.allowed, other.allowed, after.remaining];
  }
}

describe.each(ADAPTERS)('rate limits on %s', (adapter) => {
  test('by session refuse with 429 and say when to come back', async () => {
    running = await startApp({ adapter, controllers: [LimitedController] });
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    for (const remaining of [2, 1, 0]) {
      const response = await browser.post('/limited/session');
      expect(response.status).toBe(200);
      expect(response.headers.get('ratelimit-policy')).toBe('"cart";q=3;w=3600');
      expect(response.headers.get('ratelimit')).toMatch(
        new RegExp(`^"cart";r=${remaining};t=\\d+$`),
      );
    }
    const refused = await browser.post('/limited/session');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      type: 'urn:understudy:quota-exceeded',
      'violated-policies': ['cart'],
    });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(1200);
    expect(refused.headers.get('ratelimit')).toBe(`"cart";r=0;t=${retryAfter}`);
    const another = running.browser();
    await another.fetch('/session?csrf=1');
    expect((await another.post('/limited/session')).status).toBe(200);
  });

  test('of one route are all told, and the strictest decides', async () => {
    running = await startApp({ adapter, controllers: [LimitedController] });
    const { url } = running;
    const first = await fetch(`${url}/limited/two`);
    expect(first.headers.get('ratelimit-policy')).toBe('"fast";q=2;w=60, "slow";q=100;w=86400');
    await fetch(`${url}/limited/two`);
    const third = await fetch(`${url}/limited/two`);
    expect([third.status, await third.json()]).toMatchObject([
      429,
      { 'violated-policies': ['fast'] },
    ]);
  });

  test('in a dry run refuse nobody', async () => {
    running = await startApp({ adapter, controllers: [LimitedController] });
    for (const _time of [1, 2, 3]) {
      expect((await fetch(`${running.url}/limited/dry`)).status).toBe(200);
    }
  });

  test('by the service count keys of the application and give back', async () => {
    running = await startApp({ adapter, controllers: [LimitedController] });
    expect(await running.browser().json('/limited/service')).toEqual([true, true, false, true, 2]);
  });

  test('keep one address from beginning sessions without end', async () => {
    running = await startApp({
      adapter,
      controllers: [LimitedController, shopController()],
      options: { trustProxy: true, limits: { newSessions: { limit: 2, window: '1h' } } },
    });
    const from = (ip: string) => running?.browser({ 'x-forwarded-for': ip }).post('/cart/lamp');
    const statuses = async (...ips: string[]) => {
      const found = [];
      for (const ip of ips) found.push((await from(ip))?.status);
      return found;
    };
    expect(await statuses('203.0.113.7', '203.0.113.7', '203.0.113.7')).toEqual([200, 200, 429]);
    expect(await statuses('2001:db8::1', '2001:db8::2', '2001:db8::3')).toEqual([200, 200, 429]);
    expect(await statuses('127.0.0.1', '127.0.0.1', '127.0.0.1')).toEqual([200, 200, 200]);
    // With the port of the connection, as some proxies write it.
    const connections = ['198.51.100.7:40001', '198.51.100.7:40002', '::ffff:c633:6407'];
    expect(await statuses(...connections)).toEqual([200, 200, 429]);
    const brackets = ['[2001:db8:9::1]:40001', '[2001:db8:9::1]', '2001:db8:9::1'];
    expect(await statuses(...brackets)).toEqual([200, 200, 429]);
    const refused = await from('203.0.113.7');
    expect(refused?.headers.getSetCookie()).toEqual([]);
    expect(await refused?.json()).toMatchObject({ 'violated-policies': ['new-sessions'] });
    expect(refused?.headers.get('ratelimit-policy')).toBe('"new-sessions";q=2;w=3600');
    const retryAfter = refused?.headers.get('retry-after');
    expect(refused?.headers.get('ratelimit')).toBe(`"new-sessions";r=0;t=${retryAfter}`);
    const signingIn = running.browser({ 'x-forwarded-for': '203.0.113.7' });
    expect((await signingIn.post('/login', { id: 'ada' })).status).toBe(200);
  });

  test('that make no sense are refused where they are written', () => {
    const rule = { name: 'x', limit: 1, window: '1m' };
    expect(() => RateLimit({ ...rule, name: 'X Y' })).toThrow(/RateLimit\.name is "X Y"/);
    expect(() => RateLimit({ ...rule, limit: 0 })).toThrow(/RateLimit\(x\)\.limit is 0/);
    expect(() => RateLimit({ ...rule, window: 'soon' })).toThrow(
      /RateLimit\(x\)\.window is "soon"/,
    );
    expect(() => RateLimit({ ...rule, cost: 2 })).toThrow(/RateLimit\(x\)\.cost is 2/);
    expect(() => RateLimit()).toThrow(/RateLimit is "0 rules"/);
  });
});
