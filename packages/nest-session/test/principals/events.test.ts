import { Body, Controller, Get, HttpCode, Inject, Module, Post, Req } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionKeyOf } from '../../src/identity/session-id.js';
import {
  Roles,
  type SessionEvent,
  SessionEvents,
  SessionModule,
  SessionService,
} from '../../src/index.js';
import { createTestCluster, FakeClock, signIn } from '../../src/testing/index.js';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from '../support/start-cluster.js';
import { AccountController } from './account.js';
import { EVENT_SCHEMA, faultsOf, TOLD_ELSEWHERE } from './event-schema.js';

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

  @Get('admin')
  @Roles('admin')
  admin() {
    return {};
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [AccountController] })
class AccountModule {}

let names = 0;
const someone = () => `person-${names++}`;

/** The id in its cookie, which nothing but the client may know. */
const idOf = (browser: Browser) => (browser.cookies.get('sid') as string).split('.')[0] as string;
const keyOf = (browser: Browser) => sessionKeyOf(idOf(browser));

describe.each(ADAPTERS)('what three nodes tell of their sessions on %s', (adapter) => {
  const told: SessionEvent[] = [];
  let cluster: RunningCluster;
  let nodes: [RunningNode, RunningNode, RunningNode];

  beforeAll(async () => {
    const controllers = [AccountController, DoorController];
    const options = { limits: { perPrincipal: 2 } };
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

  test('all of it is as the schema says, and no session ended twice', () => {
    expect(told.flatMap(faultsOf)).toEqual([]);
    const kinds = new Set(told.map(({ kind }) => kind));
    const untold = Object.keys(EVENT_SCHEMA).filter((kind) => !kinds.has(kind as never));
    expect(untold.filter((kind) => !TOLD_ELSEWHERE.has(kind))).toEqual([]);
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
