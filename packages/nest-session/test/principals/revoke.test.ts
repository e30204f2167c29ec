import { inspect } from 'node:util';
import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, type SessionEvent, SessionEvents, SessionService } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from '../support/start-cluster.js';
import { until } from '../support/until.js';
import { AccountController, countSignedIn, isSignedIn } from './account.js';

@Controller()
class PasswordController {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  @Post('change-password')
  @HttpCode(200)
  async change(@Session() session: Session) {
    return { ended: await this.sessions.revokeOthers(session) };
  }

  /** Proves the password once more, and ends what was signed in with the old one. */
  @Post('login-alone')
  @HttpCode(200)
  async loginAlone(@Session() session: Session) {
    await session.login(session.principal?.id ?? 'nobody');
    return { ended: await this.sessions.revokeOthers(session) };
  }
}

let names = 0;
const someone = () => `person-${names++}`;

describe.each(ADAPTERS)('ending sessions from elsewhere on %s', (adapter) => {
  let cluster: RunningCluster;
  let nodes: [RunningNode, RunningNode, RunningNode];

  beforeAll(async () => {
    const controllers = [AccountController, PasswordController];
    cluster = await startCluster({ adapter, size: 3, controllers });
    nodes = cluster.nodes as typeof nodes;
  });
  afterAll(() => cluster.close());

  const service = (index = 0) => (nodes[index] as RunningNode).app.get(SessionService);

  /** One session on each node. */
  async function signedIn(principal: string): Promise<[Browser, Browser, Browser]> {
    const browsers = nodes.map((node) => node.browser()) as [Browser, Browser, Browser];
    for (const browser of browsers) await browser.post(`/login/${principal}`);
    expect(await countSignedIn(browsers)).toBe(3);
    return browsers;
  }

  /** How many requests are served as signed in, with each of these at each node. */
  async function servedAnywhere(browsers: readonly Browser[]): Promise<number> {
    return countSignedIn(browsers.flatMap((browser) => nodes.map(({ url }) => browser.at(url))));
  }

  test('revokePrincipal ends every session on every node (ASVS 7.4.2)', async () => {
    const principal = someone();
    const browsers = await signedIn(principal);
    const bystanders = await signedIn(someone());
    const told: SessionEvent[] = [];
    const stop = nodes[1].app
      .get(SessionEvents)
      .on('principal-revoked', (event) => told.push(event));
    expect(await service(1).revokePrincipal(principal, 'account closed')).toBe(3);
    stop();
    expect(await servedAnywhere(browsers)).toBe(0);
    expect(await countSignedIn(bystanders)).toBe(3);
    expect(told).toEqual([
      { kind: 'principal-revoked', principal, reason: 'account closed', ended: 3 },
    ]);
  });

  test('an administrator ends one session, or all, of anybody (ASVS 7.4.5)', async () => {
    const principal = someone();
    const browsers = await signedIn(principal);
    const [first, second] = await service(0).list(principal);
    await service(1).revoke(first?.session as string);
    expect(await servedAnywhere([browsers[0]])).toBe(0);
    await service(2).revoke({ principal, handle: second?.handle as string });
    expect(await servedAnywhere([browsers[1]])).toBe(0);
    expect(await countSignedIn(browsers)).toBe(1);
    expect(await service(0).revokeAll(principal)).toBe(1);
    expect(await servedAnywhere(browsers)).toBe(0);
    expect(await service(0).list(principal)).toEqual([]);
    expect(await service(0).revokeAll(principal)).toBe(0);
  });

  test('a session that got another id since is ended under that one', async () => {
    const principal = someone();
    const browsers = await signedIn(principal);
    const listed = await service().list(principal);
    for (const browser of browsers) await browser.post('/rotate');
    const handles = (await service().list(principal)).map(({ handle }) => handle);
    expect(handles).toEqual(listed.map(({ handle }) => handle));
    expect(await service().revokeAll(principal)).toBe(3);
    expect(await servedAnywhere(browsers)).toBe(0);
  });

  test('all others end, and the present session gets a new id (ASVS 7.4.3)', async () => {
    const principal = someone();
    const [here, ...others] = await signedIn(principal);
    const before = here.cookies.get('sid');
    const response = await here.post('/change-password');
    expect(await response.json()).toEqual({ ended: 2 });
    expect(await servedAnywhere(others)).toBe(0);
    expect(await isSignedIn(here)).toBe(true);
    expect(here.cookies.get('sid')).not.toBe(before);
  });

  test('all others end together with a new login in the same request', async () => {
    const principal = someone();
    const [here, ...others] = await signedIn(principal);
    const thief = here.at(nodes[1].url);
    expect(await (await here.post('/login-alone')).json()).toEqual({ ended: 2 });
    expect(await servedAnywhere([...others, thief])).toBe(0);
    expect(await isSignedIn(here)).toBe(true);
    expect(await service().list(principal)).toHaveLength(1);
  });

  test('an administrator ends all others of a session it names', async () => {
    const principal = someone();
    const [here, ...others] = await signedIn(principal);
    const me = (await service().list(principal))[0]?.session as string;
    expect(await service(2).revokeOthers(me)).toBe(2);
    expect(await servedAnywhere(others)).toBe(0);
    expect(await isSignedIn(here)).toBe(true);
  });

  test('lists what a person recognizes a device by, and no id (ASVS 7.5.2)', async () => {
    const principal = someone();
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const browser = nodes[0].browser({ 'user-agent': agent });
    await browser.post(`/login/${principal}`);
    const listed = await service(1).list(principal);
    expect(listed).toEqual([
      {
        handle: expect.stringMatching(/^[\w-]{43}$/),
        session: expect.stringMatching(/^[\w-]{43}$/),
        signedInAt: expect.any(Date),
        seenAt: expect.any(Date),
        device: { browser: 'Firefox 140', system: 'Linux', network: '127.0.0.0/24' },
      },
    ]);
    const id = browser.cookies.get('sid') as string;
    expect(JSON.stringify(listed)).not.toContain(id.split('.')[0]);
    // What is listed is worth nothing as a cookie, with a signature of another id or without one.
    for (const { handle, session } of listed) {
      for (const value of [handle, session, id.replace(/^[^.]+/, handle)]) {
        const response = await nodes[0].browser({ cookie: `sid=${value}` }).fetch('/me');
        expect(response.status).toBe(401);
      }
    }
  });

  test('finds a session by its hash, and says what an administrator may know', async () => {
    const principal = someone();
    await signedIn(principal);
    const listed = (await service().list(principal))[0];
    const session = listed?.session as string;
    const found = await service(2).find(session);
    expect(found).toMatchObject({
      session,
      principal: { id: principal, roles: [] },
      handle: listed?.handle,
      owner: 'n1',
      signedInAt: listed?.signedInAt,
    });
    expect(found?.expiresAt.getTime()).toBeGreaterThan(Date.now());
    await service().revoke(session);
    expect(await service(2).find(session)).toBeUndefined();
  });

  test('says what is wrong with what names no session', async () => {
    const usage = { code: 'session-value' };
    await expect(service().find('x')).rejects.toMatchObject(usage);
    await expect(service().revoke({ principal: 'ada', handle: 'x' })).rejects.toMatchObject(usage);
    await expect(service().list('')).rejects.toMatchObject(usage);
    const anonymous = nodes[0].browser();
    expect((await anonymous.post('/change-password')).status).toBe(500);
  });

  test('shows nothing of a cookie that was taken for the name of a session', async () => {
    const [browser] = await signedIn(someone());
    const cookie = decodeURIComponent(browser.cookies.get('sid') ?? '');
    const id = cookie.split('.')[0] as string;
    expect(id.length).toBeGreaterThan(20);
    for (const ask of [service().find(cookie), service().revoke(cookie)]) {
      const error: unknown = await ask.catch((refused: unknown) => refused);
      expect(error).toMatchObject({ code: 'session-value' });
      expect(inspect(error, { depth: 9 })).not.toContain(id);
    }
  });

  test('a reason that is too long is the mistake of its caller', async () => {
    const principal = someone();
    await signedIn(principal);
    const session = (await service().list(principal))[0]?.session as string;
    const refused = service().revoke(session, 'r'.repeat(1000));
    await expect(refused).rejects.toMatchObject({ code: 'session-value' });
  });
});

describe.each(ADAPTERS)('a node that was away on %s', (adapter) => {
  test.each([
    { call: 'revokeAll', meanwhile: 'nothing' },
    { call: 'revokePrincipal', meanwhile: 'nothing' },
    { call: 'revokeAll', meanwhile: 'a new id' },
  ] as const)(
    'obeys $call when it is back, whatever its sessions got there: $meanwhile (ASVS 7.4.2)',
    async ({ call, meanwhile }) => {
      const cluster = await startCluster({ adapter, size: 3, controllers: [AccountController] });
      const [away, one, two] = cluster.nodes as [RunningNode, RunningNode, RunningNode];
      const principal = someone();
      const browsers = [away.browser(), one.browser(), two.browser()];
      for (const browser of browsers) await browser.post(`/login/${principal}`);
      away.cable.disconnect();
      await until(() =>
        one.cluster.members().every(({ label, state }) => label !== 'n1' || state !== 'active'),
      );
      await until(() =>
        one.app
          .get(SessionService)
          [call](principal)
          .then(
            () => true,
            () => false,
          ),
      );
      expect(await countSignedIn(browsers.map((browser) => browser.at(one.url)))).toBe(0);
      if (meanwhile === 'a new id') await browsers[0]?.post('/rotate');
      // It cannot know yet, and serves what it has.
      expect(await isSignedIn(browsers[0] as Browser)).toBe(true);
      away.cable.connect();
      await until(async () => !(await isSignedIn(browsers[0] as Browser)));
      for (const { url } of cluster.nodes) {
        expect(await countSignedIn(browsers.map((browser) => browser.at(url)))).toBe(0);
      }
      await cluster.close();
    },
    30_000,
  );

  test('a session that is on no list is refused by whoever takes it over', async () => {
    const cluster = await startCluster({ adapter, size: 3, controllers: [AccountController] });
    const [leaving, other] = cluster.nodes as [RunningNode, RunningNode, RunningNode];
    const principal = someone();
    const [browser, counted] = [leaving.browser(), leaving.browser()];
    for (const one of [browser, counted]) await one.post(`/login/${principal}`);
    const [forgotten] = await other.app.get(SessionService).list(principal);
    await other.cluster.delist(principal, forgotten?.handle as string);
    await leaving.cluster.drain();
    expect(await isSignedIn(browser.at(other.url))).toBe(false);
    expect(await isSignedIn(counted.at(other.url))).toBe(true);
    await cluster.close();
  });
});
