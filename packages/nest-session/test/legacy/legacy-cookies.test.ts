import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Post } from '@nestjs/common';
import { RedisStore } from 'connect-redis';
import express from 'express';
import expressSession from 'express-session';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Authenticated,
  type LegacyStore,
  Principal,
  Session,
  SessionEvents,
  type SessionModuleOptions,
  SessionService,
} from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { Browser } from '../support/browser.js';
import { hasRedis, type RunningRedis, startRedis } from '../support/redis-server.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';
import { startCluster } from '../support/start-cluster.js';

const OLD_SECRET = 'keyboard cat';

interface OldData {
  user?: string;
  cart?: string[];
  [name: string]: unknown;
}

@Controller()
class NewController {
  @Get('cart')
  cart(@Session() session: Session<OldData>) {
    return { ...session };
  }

  @Get('account')
  @Authenticated()
  account(@Principal() principal: Principal) {
    return { id: principal.id };
  }

  @Post('rotate')
  rotate(@Session() session: Session) {
    session.rotate();
    return {};
  }

  @Post('login')
  login(@Session() session: Session) {
    session.login('grace');
    return {};
  }

  @Post('logout')
  async logout(@Session() session: Session) {
    await session.destroy();
    return {};
  }
}

/** The application as it was: stock express-session over connect-redis. */
async function startOldApp(store: expressSession.Store) {
  const app = express();
  app.use(expressSession({ store, secret: OLD_SECRET, resave: false, saveUninitialized: false }));
  app.get('/login/:user', (request, response) => {
    Object.assign(request.session, { user: request.params.user, cart: ['tea'], id2: 7, save2: 1 });
    response.json({});
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    /** A browser that is signed in there. */
    async signIn(user: string): Promise<Browser> {
      const browser = new Browser(url);
      await (await browser.fetch(`/login/${user}`)).text();
      return browser;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.skipIf(!hasRedis)('sessions of express-session in Redis', () => {
  let redis: RunningRedis;
  let client: ReturnType<typeof createClient>;
  let store: RedisStore;
  let old: Awaited<ReturnType<typeof startOldApp>>;

  beforeAll(async () => {
    redis = await startRedis();
    client = createClient({ url: redis.url });
    await client.connect();
    store = new RedisStore({ client });
    old = await startOldApp(store);
  });
  afterAll(async () => {
    old.close();
    client.destroy();
    await redis.kill();
  });

  const options = (more: Partial<SessionModuleOptions> = {}): SessionModuleOptions => ({
    secret: 'the secret of the new application',
    legacyCookies: {
      secret: ['another one', OLD_SECRET],
      store,
      principal: ({ user }) => (typeof user === 'string' ? { id: user } : null),
    },
    ...more,
  });
  const oldKeys = () => client.keys('sess:*');

  describe.each(ADAPTERS)('on %s', (adapter) => {
    const start = (more: Partial<SessionModuleOptions> = {}) =>
      startApp({ adapter, controllers: [NewController], options: options(more) });

    async function withApp(
      work: (app: RunningApp) => Promise<void>,
      more?: Partial<SessionModuleOptions>,
    ) {
      const app = await start(more);
      try {
        await work(app);
      } finally {
        await app.close();
      }
    }

    test('are taken over at the first request: nobody is signed out, and the old one is gone', () =>
      withApp(async (app) => {
        const browser = (await old.signIn('ada')).at(app.url);
        const migrated: string[] = [];
        app.app.get(SessionEvents).on('migrated', ({ session }) => migrated.push(session));
        const oldCookie = browser.cookies.get('connect.sid') as string;
        expect(await browser.json('/account')).toEqual({ id: 'ada' });
        expect([...browser.cookies.keys()].sort()).toEqual(['sid', 'sid-csrf', 'sid-route']);
        expect(browser.cookies.get('sid')).not.toContain(
          decodeURIComponent(oldCookie).slice(2, 34),
        );
        expect(await oldKeys()).toEqual([]);
        expect(await browser.json('/cart')).toMatchObject({ user: 'ada', cart: ['tea'] });
        expect(migrated).toHaveLength(1);
        expect((await browser.post('/logout')).status).toBe(201);
        const thief = new Browser(app.url);
        thief.cookies.set('connect.sid', oldCookie);
        expect(await thief.json('/cart')).toEqual({});
      }));

    test('end with a logout that is the first request, and the browser forgets them', () =>
      withApp(
        async (app) => {
          const browser = (await old.signIn('ida')).at(app.url);
          const copy = browser.at(app.url);
          const response = await browser.post('/logout');
          expect(response.status).toBe(201);
          expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"');
          expect([...browser.cookies.keys()]).toEqual([]);
          expect((await copy.fetch('/account')).status).toBe(401);
        },
        { clearSiteData: true, csrf: false },
      ));

    test('have a place on the list of their principal, from where they can be ended', () =>
      withApp(async (app) => {
        const tabs = (await old.signIn('lin')).at(app.url);
        await Promise.all([tabs, tabs.at(app.url)].map((tab) => tab.json('/account')));
        await tabs.json('/account');
        const service = app.app.get(SessionService);
        expect(await service.list('lin')).toHaveLength(1);
        await service.revokeAll('lin');
        expect((await tabs.fetch('/account')).status).toBe(401);
      }));

    test('beyond the limit keep their properties, and nobody is signed in', () =>
      withApp(
        async (app) => {
          const [first, second] = [await old.signIn('max'), await old.signIn('max')];
          expect(await first.at(app.url).json('/account')).toEqual({ id: 'max' });
          const late = second.at(app.url);
          expect(await late.json('/cart')).toMatchObject({ user: 'max', cart: ['tea'] });
          expect((await late.fetch('/account')).status).toBe(401);
        },
        { limits: { perPrincipal: 1, onLimit: 'reject' } },
      ));

    test('five parallel first requests of a browser end in one session', () =>
      withApp(async (app) => {
        const signedIn = (await old.signIn('bob')).at(app.url);
        const migrated: string[] = [];
        app.app.get(SessionEvents).on('migrated', ({ session }) => migrated.push(session));
        const tabs = Array.from({ length: 5 }, () => signedIn.at(app.url));
        const answers = await Promise.all(tabs.map((tab) => tab.json('/account')));
        expect(answers).toEqual(Array(5).fill({ id: 'bob' }));
        const ids = new Set(tabs.map((tab) => tab.cookies.get('sid')?.split('.')[0]));
        expect(ids.size).toBe(1);
        expect(new Set(migrated).size).toBe(1);
      }));

    test('cookies that were not signed, or by somebody else, are not even looked up', async () => {
      const asked: string[] = [];
      const spy: LegacyStore = {
        get: (sid, callback) => {
          asked.push(sid);
          callback(null);
        },
        destroy: (_sid, callback) => callback?.(),
      };
      await withApp(
        async (app) => {
          const sign = (id: string, secret: string) =>
            encodeURIComponent(
              `s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`,
            );
          const good = sign('victim', OLD_SECRET);
          for (const value of [
            'victim',
            's%3Avictim',
            's%3Avictim.',
            'victim.abc',
            sign('victim', 'a guess'),
            good.replace('victim', 'victin'),
            good.slice(0, -1),
            `${good}%3D`,
            good.replace('s%3A', ''),
            '%E0%A4%A',
            sign('x'.repeat(300), OLD_SECRET),
          ]) {
            const response = await fetch(`${app.url}/cart`, {
              headers: { cookie: `connect.sid=${value}` },
            });
            expect([value, response.status, await response.text()]).toEqual([value, 200, '{}']);
          }
          expect(asked).toEqual([]);
          await fetch(`${app.url}/cart`, { headers: { cookie: `connect.sid=${good}` } });
          expect(asked).toEqual(['victim']);
        },
        { legacyCookies: { secret: OLD_SECRET, store: spy } },
      );
    });

    test('the old cookie opens it for a minute, for those on their way, and then never', async () => {
      const clock = new FakeClock();
      await withApp(
        async (app) => {
          const signedIn = (await old.signIn('eve')).at(app.url);
          const late = [signedIn.at(app.url), signedIn.at(app.url)] as const;
          await signedIn.json('/account');
          await clock.advance(59_000);
          expect(await late[0].json('/account')).toEqual({ id: 'eve' });
          await clock.advance(2000);
          expect((await late[1].fetch('/account')).status).toBe(401);
          expect(await signedIn.json('/account')).toEqual({ id: 'eve' });
        },
        { clock },
      );
    });

    test('a late request takes no newer id away, and none is served after a login', () =>
      withApp(async (app) => {
        const browser = (await old.signIn('joe')).at(app.url);
        const late = browser.at(app.url);
        const tooLate = browser.at(app.url);
        await browser.json('/account');
        expect((await browser.post('/rotate')).status).toBe(201);
        expect(await late.json('/account')).toEqual({ id: 'joe' });
        expect(late.cookies.has('sid')).toBe(false);
        expect((await browser.post('/login')).status).toBe(201);
        expect((await tooLate.fetch('/account')).status).toBe(401);
        expect(await browser.json('/account')).toEqual({ id: 'grace' });
      }));

    test('an old store that fails is a 503 before anything ran, and nothing is lost', async () => {
      const failing = { get: false, destroy: false };
      const flaky: LegacyStore = {
        get: (sid, callback) =>
          failing.get ? callback(new Error('down')) : store.get(sid, callback as never),
        destroy: (sid, callback) =>
          failing.destroy ? callback?.(new Error('down')) : store.destroy(sid, callback as never),
      };
      const clock = new FakeClock();
      const principal = ({ user }: OldData) => user as string;
      await withApp(
        async (app) => {
          const browser = (await old.signIn('kim')).at(app.url);
          for (const name of ['get', 'destroy'] as const) {
            failing[name] = true;
            const refused = await browser.fetch('/account');
            expect(refused.status).toBe(503);
            expect(refused.headers.get('retry-after')).toBe('1');
            failing[name] = false;
          }
          // However long it was away: it was not destroyed there, so nobody has used it here.
          await clock.advance(120_000);
          expect(await browser.json('/account')).toEqual({ id: 'kim' });
          expect(await oldKeys()).toEqual([]);
        },
        { clock, legacyCookies: { secret: OLD_SECRET, store: flaky, principal } },
      );
    });
  });

  test('two nodes make one session of parallel first requests', async () => {
    const cluster = await startCluster({
      adapter: 'express',
      size: 2,
      controllers: [NewController],
      options: { legacyCookies: options().legacyCookies },
    });
    try {
      for (let round = 0; round < 10; round++) {
        const signedIn = await old.signIn(`user${round}`);
        const tabs = cluster.nodes.flatMap(({ url }) => [signedIn.at(url), signedIn.at(url)]);
        const answers = await Promise.all(tabs.map((tab) => tab.json('/account')));
        expect(answers).toEqual(Array(4).fill({ id: `user${round}` }));
        const ids = new Set(tabs.map((tab) => tab.cookies.get('sid')?.split('.')[0]));
        expect(ids.size).toBe(1);
      }
      expect(await oldKeys()).toEqual([]);
    } finally {
      await cluster.close();
    }
  });
});

test('properties with names that a session has methods of stay behind, and that is said', async () => {
  const value = { cookie: {}, user: 'ada', touch: 1, login: 2 };
  const store: LegacyStore = {
    get: (_sid, callback) => callback(null, value as never),
    destroy: (_sid, callback) => callback?.(),
  };
  const app = await startApp({
    adapter: 'express',
    controllers: [NewController],
    options: {
      secret: 'the secret of the new application',
      legacyCookies: { secret: OLD_SECRET, store },
    },
  });
  const mac = createHmac('sha256', OLD_SECRET).update('one').digest('base64').replace(/=+$/, '');
  const browser = app.browser();
  browser.cookies.set('connect.sid', encodeURIComponent(`s:one.${mac}`));
  expect(await browser.json('/cart')).toEqual({ user: 'ada' });
  expect(app.logs.text).toContain('property touch is not taken over');
  await app.close();
});
