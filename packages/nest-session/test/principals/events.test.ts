import { createHmac, randomBytes } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Module, Post, Req } from '@nestjs/common';
import expressSession from 'express-session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signIdCookie } from '../../src/identity/id-cookie.js';
import { KeyRing } from '../../src/identity/key-ring.js';
import { mintSessionId, sessionKeyOf } from '../../src/identity/session-id.js';
import {
  type LegacyStore,
  RateLimit,
  Roles,
  Session,
  type SessionEvent,
  SessionEvents,
  SessionModule,
  type SessionModuleOptions,
  type SessionSchemaOptions,
  SessionService,
} from '../../src/index.js';
import { createTestCluster, FakeClock, signIn } from '../../src/testing/index.js';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from '../support/start-cluster.js';
import { AccountController } from './account.js';
import { EVENT_SCHEMA, faultsOf } from './event-schema.js';

const MINUTE_MS = 60_000;

@Controller()
class DoorController {
  constructor(@Inject(SessionEvents) private readonly events: SessionEvents) {}

  @Post('try')
  @HttpCode(401)
  refuse(@Req() request: { ip: string }, @Body() body: { reason: string }) {
    this.events.loginFailed({ ip: request.ip, reason: body.reason });
    this.events.anomaly({ what: 'a tenth account from one address', ip: request.ip });
    return {};
  }

  @Post('rarely')
  @RateLimit({ name: 'rarely', limit: 1, window: '1h', by: 'session' })
  rarely() {
    return {};
  }

  @Post('bad')
  bad(@Session() session: Session<{ bad?: boolean }>) {
    session.bad = true;
    return {};
  }

  @Get('admin')
  @Roles('admin')
  admin() {
    return {};
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [AccountController] })
class AccountModule {}

const OLD_SECRET = 'keyboard cat';

const NOTHING_BAD: SessionSchemaOptions['schema'] = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      'bad' in (value as object) ? { issues: [{ message: 'bad', path: ['bad'] }] } : { value },
  },
};

let names = 0;
const someone = () => `person-${names++}`;

/** The id in its cookie, which nothing but the client may know. */
const idOf = (browser: Browser) => (browser.cookies.get('sid') as string).split('.')[0] as string;
const keyOf = (browser: Browser) => sessionKeyOf(idOf(browser));

describe.each(ADAPTERS)('what three nodes tell of their sessions on %s', (adapter) => {
  const told: SessionEvent[] = [];
  const oldStore = new expressSession.MemoryStore();
  let cluster: RunningCluster;
  let nodes: [RunningNode, RunningNode, RunningNode];

  beforeAll(async () => {
    const controllers = [AccountController, DoorController];
    oldStore.set('old', { cookie: {}, cart: 1 } as never);
    const options: SessionModuleOptions = {
      limits: { perPrincipal: 2 },
      binding: { userAgent: 'report' },
      schema: { version: 1, schema: NOTHING_BAD },
      legacyCookies: { secret: OLD_SECRET, store: oldStore as unknown as LegacyStore },
    };
    cluster = await startCluster({ adapter, size: 3, controllers, options });
    nodes = cluster.nodes as typeof nodes;
    for (const { app } of nodes) {
      app.get(SessionEvents).stream.subscribe((event) => told.push(event));
    }
  });
  afterAll(() => cluster.close());

  const service = () => nodes[2].app.get(SessionService);

  async function signedIn(principal: string, at = 0): Promise<Browser> {
    const browser = nodes[at]?.browser() as Browser;
    await browser.post(`/login/${principal}`);
    return browser;
  }

  const handleOf = async (principal: string) =>
    (await service().list(principal))[0]?.handle as string;

  type Ending = (browser: Browser, principal: string) => Promise<unknown>;
  const ways: readonly (readonly [name: string, reason: string, end: Ending])[] = [
    ['a logout at its node', 'logout', (browser) => browser.post('/logout')],
    ['a logout at another node', 'logout', (browser) => browser.at(nodes[1].url).post('/logout')],
    ['revoke by its hash', 'stolen', (browser) => service().revoke(keyOf(browser), 'stolen')],
    [
      'revoke by its handle',
      'revoked',
      async (_, principal) => service().revoke({ principal, handle: await handleOf(principal) }),
    ],
    ['revokeAll', 'revoked', (_, principal) => service().revokeAll(principal)],
    ['revokePrincipal', 'revoked', (_, principal) => service().revokePrincipal(principal)],
    [
      'revokeAll right after it got another id',
      'revoked',
      async (browser, principal) => {
        await browser.post('/rotate');
        await service().revokeAll(principal);
      },
    ],
    [
      'logins that need its place',
      'evicted',
      async (_, principal) => {
        for (const at of [1, 2]) await signedIn(principal, at);
      },
    ],
  ];

  test.each(ways)('%s is told once, with its reason: %s', async (_name, reason, end) => {
    const principal = someone();
    const browser = await signedIn(principal);
    const other = await signedIn(someone(), 1);
    const copy = browser.at(browser.url);
    await end(browser, principal);
    const session = keyOf(browser.cookies.has('sid') ? browser : copy);
    const ends = told.filter((event) => event.kind === 'ended' && event.session === session);
    expect(ends).toEqual([{ kind: 'ended', session, reason }]);
    expect(told).not.toContainEqual(
      expect.objectContaining({ kind: 'ended', session: keyOf(other) }),
    );
  });

  test('every authentication is told, also one that failed (ASVS 16.3.1)', async () => {
    const principal = someone();
    const before = told.length;
    const browser = nodes[0].browser();
    await browser.post('/try', { reason: 'wrong password' });
    await browser.post(`/login/${principal}`);
    const first = keyOf(browser);
    await browser.post(`/login/${principal}`);
    const facts = { ip: '127.0.0.1' };
    expect(told.slice(before).filter(({ kind }) => kind.startsWith('login'))).toMatchObject([
      { ...facts, kind: 'login-failed', reason: 'wrong password' },
      { ...facts, kind: 'login', session: first, principal },
      { ...facts, kind: 'login', session: keyOf(browser), previous: first, principal },
    ]);
  });

  test('what an application tells has a length that no client chooses', () => {
    const events = nodes[0].app.get(SessionEvents);
    events.loginFailed({ ip: 'x'.repeat(1000), reason: 'y'.repeat(1000) });
    expect(told.at(-1)).toEqual({
      kind: 'login-failed',
      ip: 'x'.repeat(256),
      reason: 'y'.repeat(256),
    });
  });

  test('an access that was refused is told (ASVS 16.3.2)', async () => {
    const principal = someone();
    const browser = await signedIn(principal);
    expect((await browser.fetch('/admin')).status).toBe(403);
    expect(told.at(-1)).toEqual({ kind: 'access-refused', principal, ip: '127.0.0.1' });
  });

  test('an attempt to get round what protects sessions is told (ASVS 16.3.3)', async () => {
    const browser = await signedIn(someone());
    const before = told.length;
    await browser.post('/rotate', undefined, { 'x-csrf-token': 'forged' });
    await browser.fetch('/me', { headers: { cookie: `sid=${idOf(browser)}.x.forged` } });
    await browser.post('/try', { reason: 'unknown account' });
    for (const at of [1, 2]) await signedIn(`person-${names - 1}`, at);
    const kinds = told.slice(before).map(({ kind }) => kind);
    for (const kind of ['csrf-refused', 'cookie-refused', 'login-failed', 'anomaly'] as const) {
      expect(kinds).toContain(kind);
    }
    expect(kinds).toContain('limit-reached');
  });

  test('what a session meets besides is told', async () => {
    const browser = await signedIn(someone());
    const before = told.length;
    const late = browser.at(browser.url);
    await browser.post(`/login/${someone()}`);
    await late.fetch('/me');
    await browser.fetch('/me', { headers: { 'session-min-rev': '9.9' } });
    const other = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' };
    await browser.fetch('/me', { headers: other });
    for (const path of ['/bad', '/rarely', '/rarely']) await browser.post(path);
    const unknown = signIdCookie(
      mintSessionId(randomBytes),
      Math.floor(Date.now() / 1000),
      new KeyRing(['a secret that all nodes of the test share'], 'session-id'),
    );
    const code = createHmac('sha256', OLD_SECRET).update('old').digest('base64').replace('=', '');
    for (const cookie of [`sid=${unknown}`, `connect.sid=${encodeURIComponent(`s:old.${code}`)}`]) {
      await nodes[1].browser().fetch('/me', { headers: { cookie } });
    }
    const kinds = told.slice(before).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'login' && kind !== 'created').sort()).toEqual([
      'access-refused', // with the replaced id, the lost one and that of express-session
      'access-refused',
      'access-refused',
      'client-changed', // and back again
      'client-changed',
      'data-quarantined',
      'lost',
      'lost-revisions',
      'migrated',
      'rate-limited',
      'replaced-id',
    ]);
  });

  test('all of it is as the schema says, and no session ended twice', () => {
    expect(told.flatMap(faultsOf)).toEqual([]);
    const kinds = new Set(told.map(({ kind }) => kind));
    expect(Object.keys(EVENT_SCHEMA).filter((kind) => !kinds.has(kind as never))).toEqual([]);
    const ends = told.flatMap((event) => (event.kind === 'ended' ? [event] : []));
    expect(new Set(ends.map(({ session }) => session)).size).toBe(ends.length);
    // A new id is no end: the session goes on.
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(
      new Set(['logout', 'stolen', 'revoked', 'evicted']),
    );
  });

  test('none of it shows an id', async () => {
    const ids: string[] = [];
    const browser = await signedIn(someone());
    ids.push(idOf(browser));
    await browser.post('/rotate');
    ids.push(idOf(browser));
    await browser.post('/logout');
    const text = JSON.stringify(told);
    for (const id of ids) {
      expect(text).toContain(sessionKeyOf(id));
      expect(text).not.toContain(id);
      expect(text).not.toContain(Buffer.from(id, 'base64url').toString('hex'));
    }
  });
});

describe.each(ADAPTERS)('a session that nobody ends on %s', (adapter) => {
  test.each([
    { reason: 'idle', visitsAt: [], overAt: 30 },
    { reason: 'expired', visitsAt: [20, 40], overAt: 45 },
  ])(
    'is told once by three nodes: $reason',
    async ({ reason, visitsAt, overAt }) => {
      const clock = new FakeClock();
      const options = { timeouts: { idle: '30m', absolute: '45m' } } as const;
      const cluster = await createTestCluster({
        module: AccountModule,
        nodes: 3,
        adapter,
        clock,
        options,
      });
      const told: SessionEvent[] = [];
      for (const { app } of cluster.nodes) {
        app.get(SessionEvents).on('ended', (event) => told.push(event));
      }
      const agent = cluster.agent();
      await signIn(agent, 'ada');
      let minute = 0;
      for (const visitAt of visitsAt) {
        await clock.advance((visitAt - minute) * MINUTE_MS);
        minute = visitAt;
        expect((await agent.fetch('/me')).status).toBe(200);
      }
      await clock.advance((overAt - minute) * MINUTE_MS - 2000);
      expect(told).toEqual([]);
      await clock.advance(10_000);
      const session = sessionKeyOf((agent.cookies.get('sid') as string).split('.')[0] as string);
      expect(told).toEqual([{ kind: 'ended', session, reason }]);
      await cluster.close();
    },
    30_000,
  );
});
