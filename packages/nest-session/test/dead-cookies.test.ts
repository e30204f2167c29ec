import { randomBytes } from 'node:crypto';
import { Controller, Get, InternalServerErrorException, Post } from '@nestjs/common';
import { type Cluster, SessionUnavailableError } from '@understudy/replication';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signIdCookie } from '../src/identity/id-cookie.js';
import { KeyRing } from '../src/identity/key-ring.js';
import { mintSessionId } from '../src/identity/session-id.js';
import {
  SESSION_CLUSTER,
  Session,
  type SessionEvent,
  SessionEvents,
  SessionService,
} from '../src/index.js';
import { FakeClock } from '../src/testing/index.js';
import type { Browser } from './support/browser.js';
import { Gate, shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

const SECRET = 'a secret that signs ids nobody ever got';
const NAMES = ['sid', 'sid-csrf', 'sid-route'];

const gate = new Gate();

@Controller()
class FailingController {
  @Get('fails')
  fails(@Session() session: Session) {
    throw new InternalServerErrorException(`fails with ${Object.keys(session).length}`);
  }

  @Get('slow')
  async slow(@Session() session: Session) {
    const id = session.id;
    await gate.pass('slow');
    return { id };
  }

  @Get('name')
  name(@Session() session: Session) {
    return { name: session.id };
  }

  @Post('end')
  async end(@Session() session: Session) {
    await session.destroy();
  }
}

describe.each(ADAPTERS)('cookies of a session that is over on %s', (adapter) => {
  const clock = new FakeClock();
  const told: SessionEvent[] = [];
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({
      adapter,
      controllers: [shopController(), FailingController],
      options: { secret: SECRET, clock, clearSiteData: true },
    });
    running.app.get(SessionEvents).stream.subscribe((event) => told.push(event));
  });
  afterAll(() => running.close());
  beforeEach(() => {
    told.length = 0;
  });

  /** A browser that goes on with the cookies of a session after it was ended by another one. */
  async function copyOfEnded(end: (browser: Browser) => Promise<unknown>): Promise<Browser> {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const copy = browser.at(running.url);
    await end(browser);
    return copy;
  }

  const loggedOut = () => copyOfEnded((browser) => browser.post('/logout'));

  function lost(): Browser {
    const seconds = Math.floor(clock.wallMs() / 1000);
    const id = signIdCookie(
      mintSessionId(randomBytes),
      seconds,
      new KeyRing([SECRET], 'session-id'),
    );
    const browser = running.browser();
    browser.cookies.set('sid', id);
    return browser;
  }

  const cleared = (response: Response) =>
    response.headers
      .getSetCookie()
      .filter((cookie) => cookie.includes('Max-Age=0'))
      .map((cookie) => cookie.split('=')[0])
      .sort();

  const ends: [string, () => Promise<Browser> | Browser][] = [
    ['logged out', loggedOut],
    ['destroyed', () => copyOfEnded((browser) => browser.post('/end'))],
    ['expired', () => copyOfEnded(() => clock.advance(31 * 60_000))],
    [
      'revoked',
      () =>
        copyOfEnded(async (browser) => {
          const { name } = await browser.json<{ name: string }>('/name');
          await running.app.get(SessionService).revoke(name);
        }),
    ],
    ['lost', lost],
  ];

  test.each(ends)('are cleared by the first response: %s', async (_name, begin) => {
    const browser = await begin();
    const response = await browser.fetch('/cart');
    expect(cleared(response)).toEqual(NAMES);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    // Nothing ended here: what the page keeps besides is its own affair.
    expect(response.headers.get('clear-site-data')).toBeNull();
    expect(browser.cookies.size).toBe(0);
    expect((await browser.fetch('/cart')).headers.getSetCookie()).toEqual([]);
  });

  test('are cleared where a guard refuses the request, which says why', async () => {
    const browser = lost();
    const response = await browser.fetch('/me');
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'session-lost' }]);
    expect(cleared(response)).toEqual(NAMES);
  });

  test('tell of a loss once to a client that keeps cookies', async () => {
    const browser = lost();
    for (let time = 0; time < 5; time++) await browser.fetch('/cart');
    expect(told.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
  });

  test('give way to those of a session that begins with the same response', async () => {
    const browser = lost();
    const response = await browser.post('/cart/lamp');
    expect(response.status).toBe(200);
    expect(cleared(response)).toEqual([]);
    expect([...browser.cookies.keys()].sort()).toEqual(NAMES);
    expect(await browser.json('/cart')).toMatchObject({ items: ['lamp'] });
  });

  test('stay where a login has replaced the id: its answer may be on the way', async () => {
    const copy = await copyOfEnded((browser) => browser.post('/login', { id: 'ada' }));
    expect((await copy.fetch('/cart')).headers.getSetCookie()).toEqual([]);
    expect(told.map(({ kind }) => kind)).toContain('replaced-id');
    const header = `${copy.cookieHeader}; ${lost().cookieHeader}`;
    const response = await running.browser().fetch('/cart', { headers: { cookie: header } });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test.each(ends)(
    'stay where another request has begun a session in its place: %s',
    async (_name, begin) => {
      const browser = await begin();
      const tab = browser.at(running.url);
      const arrived = gate.hold('slow');
      const slow = tab.fetch('/slow');
      await arrived;
      await browser.post('/cart/lamp');
      gate.release('slow');
      expect((await slow).headers.getSetCookie()).toEqual([]);
      // One that left with them and was held up on its way here.
      expect((await tab.fetch('/cart')).headers.getSetCookie()).toEqual([]);
      expect(await browser.json('/cart')).toMatchObject({ items: ['lamp'] });
    },
  );

  test('stay where another id that came with them is good', async () => {
    const good = running.browser();
    await good.post('/cart/lamp');
    const cookie = `${lost().cookieHeader}; ${good.cookieHeader}`;
    const response = await running.browser().fetch('/cart', { headers: { cookie } });
    expect(await response.json()).toMatchObject({ items: ['lamp'] });
    expect(cleared(response)).toEqual([]);
  });

  test('stay when the response is a failure', async () => {
    const browser = await loggedOut();
    const response = await browser.fetch('/fails');
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
  });

  test('stay when nobody can say what became of the session', async () => {
    const browser = await loggedOut();
    const cluster = running.app.get<Cluster>(SESSION_CLUSTER);
    const { open } = cluster;
    cluster.open = () => Promise.reject(new SessionUnavailableError('not everyone answered', 1000));
    const response = await browser.fetch('/cart');
    cluster.open = open;
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
  });
});
