import { request } from 'node:http';
import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  CrossSite,
  FreshLogin,
  FreshLoginGuard,
  Session,
  type SessionEvent,
  SessionEvents,
  type SessionModuleOptions,
} from '../src/index.js';
import { FakeClock } from '../src/testing/index.js';
import { type ShopData, shopController } from './support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from './support/start-app.js';

/** With exactly these headers. */
function rawStatus(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end();
  });
}

@Controller()
class AccountController {
  @Post('password')
  @FreshLogin('5m')
  @HttpCode(200)
  password() {
    return { changed: true };
  }

  @Post('payment')
  @FreshLogin({ maxAge: '5m', factors: 2 })
  @HttpCode(200)
  payment() {
    return { paid: true };
  }

  @Post('step-up')
  @HttpCode(204)
  async stepUp(@Session() session: Session<ShopData>) {
    await session.login({ id: 'ada' }, { factors: 2 });
  }

  @Post('rotate')
  @HttpCode(204)
  async rotate(@Session() session: Session<ShopData>) {
    await session.rotate();
  }

  @Get('photo')
  photo() {
    return { photo: 'private' };
  }

  @Get('badge')
  @CrossSite()
  badge() {
    return { badge: 'for everyone' };
  }

  @Get('remove-all')
  removeAll(@Session() session: Session<ShopData>) {
    session.cart = { items: [] };
    return {};
  }

  @Get('save')
  async save(@Session() session: Session<ShopData>) {
    session.cart = { items: [] };
    await session.save();
    return {};
  }

  @Get('hello')
  hello(@Session() session: Session<ShopData>) {
    return session.flash('hello');
  }

  @Post('hello')
  @HttpCode(204)
  sayHello(@Session() session: Session<ShopData>) {
    session.flash('hello', 'welcome');
  }

  @Get('leave')
  async leave(@Session() session: Session<ShopData>) {
    await session.logout();
    return {};
  }

  @Get('callback')
  async callback(@Session() session: Session<ShopData>) {
    await session.login('ada');
    return {};
  }

  @Get('unmarked')
  @UseGuards(FreshLoginGuard)
  unmarked() {
    return {};
  }
}

const start = (adapter: Adapter, options?: SessionModuleOptions) =>
  startApp({
    adapter,
    controllers: [shopController(), AccountController],
    ...(options ? { options } : {}),
  });

describe.each(ADAPTERS)('a login that has to be fresh on %s', (adapter) => {
  const clock = new FakeClock();
  let running: RunningApp;

  beforeAll(async () => {
    running = await start(adapter, { clock });
  });
  afterAll(() => running.close());

  test('is asked for again when it is too long ago (ASVS 7.5.1)', async () => {
    const browser = running.browser();
    expect(await (await browser.post('/password')).json()).toMatchObject({
      status: 401,
      code: 'authentication-required',
    });
    await browser.post('/login', { id: 'ada' });
    await clock.advance(5 * 60_000);
    expect((await browser.post('/password')).status).toBe(200);
    await clock.advance(1000);
    const stale = await browser.post('/password');
    expect(stale.status).toBe(401);
    expect(await stale.json()).toMatchObject({
      type: 'urn:understudy:fresh-login-required',
      maxAgeSeconds: 300,
      factors: 1,
    });
    expect((await browser.fetch('/me')).status).toBe(200);
    await browser.post('/rotate');
    expect((await browser.post('/password')).status).toBe(401);
    await browser.post('/login', { id: 'ada' });
    expect((await browser.post('/password')).status).toBe(200);
  });

  test('is asked for again when the clock was put back: nobody can say how long it is ago', async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    await clock.advance(20 * 60_000);
    const now = vi.spyOn(clock, 'wallMs').mockReturnValue(clock.wallMs() - 5 * 3_600_000);
    try {
      expect((await browser.post('/password')).status).toBe(401);
      await browser.post('/login', { id: 'ada' });
      expect((await browser.post('/password')).status).toBe(200);
    } finally {
      now.mockRestore();
    }
  });

  test('is told to the audit log when it is missing (ASVS 16.3.2)', async () => {
    const told: SessionEvent[] = [];
    const stop = running.app.get(SessionEvents).on('access-refused', (event) => told.push(event));
    const browser = running.browser();
    await browser.post('/password');
    await browser.post('/login', { id: 'ada' });
    await browser.post('/password');
    await browser.post('/payment');
    await clock.advance(6 * 60_000);
    await browser.post('/password');
    stop();
    const refused = { kind: 'access-refused', ip: '127.0.0.1' };
    const stale = { ...refused, principal: 'ada', reason: 'fresh-login-required' };
    expect(told).toEqual([{ ...refused, reason: 'authentication-required' }, stale, stale]);
  });

  test('needs as many factors as the route says (ASVS 7.5.3)', async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const refused = await browser.post('/payment');
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { code: 'fresh-login-required', factors: 2 },
    ]);
    await browser.post('/step-up');
    expect((await browser.post('/payment')).status).toBe(200);
    await browser.post('/login', { id: 'ada' });
    expect((await browser.post('/payment')).status).toBe(401);
  });

  test('is nothing a route without the decorator asks for', async () => {
    expect((await running.browser().fetch('/unmarked')).status).toBe(200);
  });
});

test.each([
  ['a time that is none', () => FreshLogin('soon')],
  ['no time at all', () => FreshLogin('0s')],
  ['four factors', () => FreshLogin({ maxAge: '5m', factors: 4 })],
])('@FreshLogin refuses %s when the class is defined', (_name, define) => {
  expect(define).toThrow(/FreshLogin/);
});

const FIREFOX = {
  'user-agent': 'Mozilla/5.0 (X11) Firefox/141.0',
  'x-forwarded-for': '203.0.113.7',
};
const UPDATED = { ...FIREFOX, 'user-agent': 'Mozilla/5.0 (X11) Firefox/142.0' };
const NEIGHBOUR = { ...FIREFOX, 'x-forwarded-for': '203.0.113.99' };
const OTHER_AGENT = { ...FIREFOX, 'user-agent': 'curl/8.1' };
const OTHER_NETWORK = { ...FIREFOX, 'x-forwarded-for': '198.51.100.7' };

describe.each(ADAPTERS)(
  'a session that comes from another client on %s (ASVS 8.2.4)',
  (adapter) => {
    describe.each(['userAgent', 'ip'] as const)('%s', (trait) => {
      const moved = trait === 'ip' ? OTHER_NETWORK : OTHER_AGENT;
      let running: RunningApp;
      let events: SessionEvent[];

      const signedIn = async (action: 'off' | 'report' | 'reauthenticate' | 'reject') => {
        running = await start(adapter, { trustProxy: true, binding: { [trait]: action } });
        events = [];
        running.app.get(SessionEvents).on('client-changed', (event) => events.push(event));
        const browser = running.browser();
        await browser.post('/login', { id: 'ada' }, FIREFOX);
        return browser;
      };
      const get = (browser: ReturnType<RunningApp['browser']>, path: string, headers: object) =>
        browser.fetch(path, { headers: headers as Record<string, string> });

      test.each(['off', 'report', 'reauthenticate', 'reject'] as const)(
        '%s leaves an updated browser and a neighbouring address alone',
        async (action) => {
          const browser = await signedIn(action);
          for (const headers of [UPDATED, NEIGHBOUR, FIREFOX]) {
            expect((await get(browser, '/me', headers)).status).toBe(200);
            expect((await browser.post('/password', undefined, headers)).status).toBe(200);
          }
          expect(events).toEqual([]);
          await running.close();
        },
      );

      test('reject knows a client again whose proxy appends the port of each connection', async () => {
        const browser = await signedIn('reject');
        for (const ip of ['203.0.113.7:40001', '203.0.113.7:40002', '::ffff:cb00:7107']) {
          const headers = { ...FIREFOX, 'x-forwarded-for': ip };
          expect((await get(browser, '/me', headers)).status).toBe(200);
        }
        expect(events).toEqual([]);
        await running.close();
      });

      test('off notices nothing', async () => {
        const browser = await signedIn('off');
        expect((await get(browser, '/me', moved)).status).toBe(200);
        expect(events).toEqual([]);
        await running.close();
      });

      test('report tells once, and goes on', async () => {
        const browser = await signedIn('report');
        for (let time = 0; time < 2; time++) {
          expect((await get(browser, '/me', moved)).status).toBe(200);
          expect((await browser.post('/password', undefined, moved)).status).toBe(200);
        }
        expect(events).toMatchObject([{ trait, action: 'report' }]);
        expect(JSON.stringify(events)).not.toContain(browser.cookies.get('sid')?.split('.')[0]);
        await running.close();
      });

      test('reauthenticate asks for a new login where one has to be fresh', async () => {
        const browser = await signedIn('reauthenticate');
        const refused = await browser.post('/password', undefined, moved);
        expect(await refused.json()).toMatchObject({ code: 'fresh-login-required' });
        expect((await get(browser, '/me', moved)).status).toBe(200);
        // For everybody who has the id: nobody knows which of the two is the user.
        expect((await browser.post('/password', undefined, FIREFOX)).status).toBe(401);
        await browser.post('/login', { id: 'ada' }, moved);
        expect((await browser.post('/password', undefined, moved)).status).toBe(200);
        // Away, back, and away once more.
        expect(events).toMatchObject(Array(3).fill({ trait, action: 'reauthenticate' }));
        await running.close();
      });

      test('reject serves a request without the session, which lives on', async () => {
        const browser = await signedIn('reject');
        await browser.post('/cart/lamp', undefined, FIREFOX);
        const thief = browser.at(running.url);
        const refused = await get(thief, '/me', moved);
        expect([refused.status, await refused.json()]).toMatchObject([
          401,
          { code: 'authentication-required' },
        ]);
        expect(refused.headers.getSetCookie()).toEqual([]);
        expect(await (await get(thief, '/cart', moved)).json()).toEqual({ items: [], visits: 0 });
        expect((await get(browser, '/me', FIREFOX)).status).toBe(200);
        expect(events).toMatchObject([
          { trait, action: 'reject', ip: moved['x-forwarded-for'] },
          { trait, action: 'reject' },
        ]);
        await running.close();
      });
    });
  },
);

describe.each(ADAPTERS)('the end of a session on %s', (adapter) => {
  test.each<[string, SessionModuleOptions, string | null]>([
    ['clears nothing by default', {}, null],
    ['clears cache and storage', { clearSiteData: true }, '"cache", "storage"'],
    ['clears what is named', { clearSiteData: ['cookies', 'storage'] }, '"cookies", "storage"'],
  ])('%s (ASVS 14.3.1)', async (_name, options, expected) => {
    const running = await start(adapter, options);
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    expect((await browser.fetch('/me')).headers.get('clear-site-data')).toBeNull();
    const response = await browser.post('/logout');
    expect(response.headers.get('clear-site-data')).toBe(expected);
    await running.close();
  });
});

describe.each(ADAPTERS)('reads of another site on %s (ASVS 3.5.8)', (adapter) => {
  const image = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
  };
  const link = { ...image, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  let running: RunningApp;

  beforeAll(async () => {
    running = await start(adapter);
  });
  afterAll(() => running.close());

  const signedIn = async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    return browser;
  };

  test('are refused when they come with a session', async () => {
    const browser = await signedIn();
    const response = await browser.fetch('/photo', { headers: image });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'cross-site' }]);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('pass as a followed link, without a session, and where @CrossSite() says so', async () => {
    const browser = await signedIn();
    expect((await browser.fetch('/badge', { headers: image })).status).toBe(200);
    expect((await running.browser().fetch('/photo', { headers: image })).status).toBe(200);
    // `fetch` of this runtime insists on a mode of its own.
    expect(await rawStatus(`${running.url}/photo`, { ...link, cookie: browser.cookieHeader })).toBe(
      200,
    );
  });

  test('crossSiteReads: allow lets them pass', async () => {
    const open = await start(adapter, { csrf: { crossSiteReads: 'allow' } });
    const browser = open.browser();
    await browser.post('/login', { id: 'ada' });
    expect((await browser.fetch('/photo', { headers: image })).status).toBe(200);
    await open.close();
  });
});

describe.each(ADAPTERS)('a GET that changes a session on %s (ASVS 3.5.3)', (adapter) => {
  let running: RunningApp;

  const visit = async (path: string, options?: SessionModuleOptions) => {
    running = await start(adapter, options);
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    await browser.post('/cart/lamp');
    await browser.post('/hello');
    for (let time = 0; time < 2; time++) await browser.fetch(path);
    const reports = running.logs.lines.filter((line) => line.includes('any page can cause that'));
    await running.close();
    return reports;
  };

  test.each([
    ['changed', '/remove-all'],
    ['changed', '/save'],
    ['ended', '/leave'],
  ])('is reported once when it %s it', async (verb, path) => {
    const reports = await visit(path);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain(`warn GET ${path} ${verb} the session`);
  });

  test.each(['/hello', '/cart', '/callback'])('%s is none of them', async (path) => {
    expect(await visit(path)).toEqual([]);
  });

  test('is none of them for a visitor whom nobody knows', async () => {
    running = await start(adapter);
    const browser = running.browser();
    await browser.post('/cart/lamp');
    await browser.fetch('/remove-all');
    expect(running.logs.text).not.toContain('any page can cause that');
    await running.close();
  });

  test.each<[string, SessionModuleOptions]>([
    ['strict: false', { strict: false }],
    ['safeMethodWrites: allow', { csrf: { safeMethodWrites: 'allow' } }],
  ])('is not reported with %s', async (_name, options) => {
    expect(await visit('/remove-all', options)).toEqual([]);
  });
});
