import { afterEach, describe, expect, test } from 'vitest';
import { SessionEvents, type SessionModuleOptions, SessionService } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';
import { type RunningCluster, type RunningNode, startCluster } from '../support/start-cluster.js';
import { type ChatOptions, chatModule, greeted, open, refused, withSockets } from './chat.js';

let closing: (() => Promise<void>) | undefined;

afterEach(async () => {
  await closing?.();
  closing = undefined;
});

async function start(adapter: Adapter, options: SessionModuleOptions = {}, chat: ChatOptions = {}) {
  const running: RunningApp = await startApp({
    adapter,
    controllers: [shopController()],
    imports: [chatModule(chat)],
    prepare: withSockets,
    options,
  });
  closing = running.close;
  return running;
}

async function startTwo(adapter: Adapter) {
  const cluster: RunningCluster = await startCluster({
    adapter,
    size: 2,
    controllers: [shopController()],
    imports: [chatModule()],
    prepare: withSockets,
  });
  closing = cluster.close;
  return cluster.nodes as [RunningNode, RunningNode];
}

/** Whoever does not judge upgrades has them judged when the session is attached. */
const EARLY_OR_LATE = [{ verifies: true }, { verifies: false }];

describe.each(ADAPTERS)('sockets on %s', (adapter) => {
  test.each(EARLY_OR_LATE)(
    'without TLS are refused where it is required (ASVS 4.4.1), verifies: $verifies',
    async (chat) => {
      const running = await start(
        adapter,
        { trustProxy: true, sockets: { requireTls: true } },
        chat,
      );
      const browser = running.browser();
      const client = open(browser);
      if (chat.verifies) expect(await refused(client)).toBe(403);
      else {
        expect(await client.closed).toEqual({ code: 1008, reason: 'sockets need TLS' });
        expect(client.heard).toEqual([]);
      }
      expect(running.logs.text).toMatch(/came without TLS .* set trustProxy/);
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' };
      await greeted(browser, { headers, origin: 'https://shop.example' });
    },
  );

  test.each(['wss', 'HTTPS', 'WSS'])(
    'have the session of the page where a proxy calls TLS %s',
    async (proto) => {
      const running = await start(adapter, { trustProxy: true, sockets: { requireTls: true } });
      const shop = { 'x-forwarded-host': 'shop.example' };
      const browser = running.browser({ ...shop, 'x-forwarded-proto': 'https' });
      await browser.post('/login', { id: 'ada' });
      expect(browser.cookies.has('__Host-sid')).toBe(true);
      const headers = { ...shop, 'x-forwarded-proto': proto };
      await greeted(browser, { headers, origin: 'https://shop.example' });
    },
  );

  test('are refused by a production that knows of no TLS (ASVS 4.4.1)', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      const running = await start(adapter, { secret: 'a secret for production, of some length' });
      const headers = { 'x-forwarded-proto': 'https' };
      expect(await refused(open(running.browser()))).toBe(403);
      // Nobody said that there is a proxy.
      expect(await refused(open(running.browser(), { headers }))).toBe(403);
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  test.each(EARLY_OR_LATE)(
    'from another origin are refused (ASVS 4.4.2), verifies: $verifies',
    async (chat) => {
      const options = { sockets: { origins: ['https://app.example'] } };
      const running = await start(adapter, options, chat);
      const told: unknown[] = [];
      running.app.get(SessionEvents).on('csrf-refused', (event) => told.push(event));
      const browser = running.browser();
      await browser.post('/login', { id: 'ada', roles: [] });
      for (const origin of ['https://evil.example', 'null', `${browser.url}.evil.example`]) {
        const client = open(browser, { origin });
        if (chat.verifies) expect(await refused(client)).toBe(403);
        else {
          const { code, reason } = await client.closed;
          expect([code, reason]).toEqual([1008, 'the page is of another origin']);
          expect(client.heard).toEqual([]);
        }
      }
      expect(told).toHaveLength(3);
      expect(told[0]).toMatchObject({ reason: 'the page is of another origin' });
      const allowed = await greeted(browser, { origin: 'https://app.example' });
      expect(await allowed.ask('private')).toEqual({ event: 'private', data: 'ada' });
    },
  );

  test('a refused socket gets nothing, however it asks (ASVS 4.4.2)', async () => {
    const running = await start(adapter, {}, { verifies: false });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const client = open(browser, { origin: 'https://evil.example' });
    client.socket.on('open', () => {
      client.socket.send('{"event":"private"}');
      client.socket.send('{"event":"whoami"}');
    });
    await client.closed;
    expect(JSON.stringify(client.heard)).not.toContain('ada');
  });

  test('take their session from the cookie that https set, and no other token (ASVS 4.4.3, 4.4.4)', async () => {
    const running = await start(adapter, { transport: ['cookie', 'header', 'url'] });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const token = browser.cookies.get('sid') as string;
    const nobody = running.browser();
    expect(await refused(open(nobody, {}, `/chat?session_token=${token}`))).toBe(403);
    const forged = `sid=${token.slice(0, -2)}xx`;
    for (const headers of [{ cookie: forged }, { authorization: `Bearer ${token}` }, {}]) {
      const client = open(nobody, { headers });
      expect(await client.next()).toEqual({ event: 'hello' });
      expect(await client.ask('private')).toMatchObject({ event: 'exception' });
    }
    const client = open(browser);
    expect(await client.next()).toEqual({ event: 'hello', data: 'ada' });
  });

  test('follow the rules of sessions: a logout closes them, on every node (ASVS 4.4.3)', async () => {
    const [here, there] = await startTwo(adapter);
    const browser = here.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const clients = [await greeted(browser), await greeted(browser.at(there.url))];
    const other = here.browser();
    await other.post('/login', { id: 'ada', roles: [] });
    const bystander = await greeted(other.at(there.url));
    expect((await browser.at(there.url).post('/logout')).status).toBe(204);
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1008, reason: 'the session was signed out' });
    }
    expect(await bystander.ask('private')).toEqual({ event: 'private', data: 'ada' });
    // And what is gone cannot be taken up again.
    const again = await greeted(browser);
    expect(await again.ask('private')).toMatchObject({ event: 'exception' });
  });

  test('a login, or a revocation by an administrator, closes them on every node (ASVS 4.4.3)', async () => {
    const [here, there] = await startTwo(adapter);
    const browser = here.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const before = await greeted(browser.at(there.url));
    await browser.post('/login', { id: 'ada', roles: ['admin'] });
    expect(await before.closed).toEqual({ code: 1008, reason: 'the session has another id now' });
    const after = await greeted(browser.at(there.url));
    expect(await after.ask('admin')).toEqual({ event: 'admin', data: 42 });
    await here.app.get(SessionService).revokePrincipal('ada', 'disabled');
    expect(await after.closed).toEqual({ code: 1008, reason: 'the session was revoked' });
  });

  test('one that ends the session itself is closed with it', async () => {
    const running = await start(adapter);
    const browser = running.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const client = await greeted(browser);
    client.socket.send('{"event":"logout"}');
    expect((await client.closed).code).toBe(1008);
    expect((await browser.fetch('/me')).status).toBe(401);
  });

  test('are told when their node leaves', async () => {
    const [here, there] = await startTwo(adapter);
    const browser = here.browser();
    await browser.post('/login', { id: 'ada', roles: [] });
    const client = await greeted(browser);
    closing = there.close;
    await here.close();
    expect((await client.closed).code).toBe(1001);
    const moved = await greeted(browser.at(there.url));
    expect(await moved.ask('private')).toEqual({ event: 'private', data: 'ada' });
  });
});
