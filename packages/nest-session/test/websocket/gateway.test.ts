import { afterEach, describe, expect, test } from 'vitest';
import { type SessionEvent, SessionEvents, type SessionModuleOptions } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import type { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';
import { type ChatOptions, chatModule, greeted, open, withSockets } from './chat.js';

let running: RunningApp;

afterEach(() => running.close());

async function start(adapter: Adapter, options: SessionModuleOptions = {}, chat: ChatOptions = {}) {
  running = await startApp({
    adapter,
    controllers: [shopController()],
    imports: [chatModule(chat)],
    prepare: withSockets,
    options,
  });
  return running;
}

async function signedIn(roles: string[] = []): Promise<Browser> {
  const browser = running.browser();
  await browser.post('/login', { id: 'ada', roles });
  return browser;
}

const refusal = (code: string) => ({
  event: 'exception',
  data: expect.objectContaining({ status: 'error', code }),
});

describe.each(ADAPTERS)('a gateway on %s', (adapter) => {
  test('has the session of its upgrade, as it is when a message comes', async () => {
    await start(adapter);
    const browser = await signedIn();
    await browser.send('PUT', '/keys/theme', { value: 'dark' });
    const client = open(browser);
    expect(await client.next()).toEqual({ event: 'hello', data: 'ada' });
    const first = { event: 'whoami', data: { principal: 'ada', all: { theme: 'dark' } } };
    expect(await client.ask('whoami')).toEqual(first);
    await browser.send('PUT', '/keys/theme', { value: 'light' });
    const second = { event: 'whoami', data: { principal: 'ada', all: { theme: 'light' } } };
    expect(await client.ask('whoami')).toEqual(second);
  });

  test('stores what it saves, and nothing else', async () => {
    await start(adapter);
    const browser = await signedIn();
    const client = await greeted(browser);
    expect(await client.ask('say', 'hello')).toEqual({ event: 'said', data: ['hello'] });
    await client.ask('forget');
    expect(await client.ask('say', 'there')).toEqual({ event: 'said', data: ['hello', 'there'] });
    expect(await browser.json('/keys')).toEqual({ said: ['hello', 'there'] });
  });

  test('counts with requests and other sockets at once', async () => {
    await start(adapter);
    const browser = await signedIn();
    const clients = await Promise.all(Array.from({ length: 5 }, () => greeted(browser)));
    const rounds = clients.flatMap((client) =>
      Array.from({ length: 10 }, async () => client.socket.send('{"event":"count"}')),
    );
    await Promise.all(rounds);
    for (const client of clients) for (let n = 0; n < 10; n += 1) await client.next();
    expect(await browser.json('/keys')).toEqual({ messages: 50 });
  });

  test('refuses whom the guards of a route would refuse', async () => {
    await start(adapter);
    const anonymous = await greeted(running.browser());
    expect(await anonymous.ask('whoami')).toEqual({
      event: 'whoami',
      data: { principal: null, all: {} },
    });
    expect(await anonymous.ask('say', 'x')).toEqual(refusal('authentication-required'));
    expect(await anonymous.ask('private')).toEqual(refusal('authentication-required'));
    expect(await anonymous.ask('admin')).toEqual(refusal('authentication-required'));
    const user = await greeted(await signedIn());
    expect(await user.ask('private')).toEqual({ event: 'private', data: 'ada' });
    expect(await user.ask('admin')).toEqual(refusal('forbidden'));
    const admin = await greeted(await signedIn(['admin']));
    expect(await admin.ask('admin')).toEqual({ event: 'admin', data: 42 });
  });

  test('tells the audit log of each message that a guard refuses (ASVS 16.3.2)', async () => {
    await start(adapter);
    const told: SessionEvent[] = [];
    running.app.get(SessionEvents).on('access-refused', (event) => told.push(event));
    const anonymous = await greeted(running.browser());
    for (const message of ['private', 'admin']) await anonymous.ask(message);
    const user = await greeted(await signedIn());
    for (const message of ['private', 'admin']) await user.ask(message);
    const refused = { kind: 'access-refused', ip: '127.0.0.1' };
    const unknown = { ...refused, reason: 'authentication-required' };
    expect(told).toEqual([unknown, unknown, { ...refused, principal: 'ada' }]);
  });

  test('asks for a login that is recent when the message comes', async () => {
    const clock = new FakeClock();
    await start(adapter, { clock });
    const client = await greeted(await signedIn());
    expect(await client.ask('transfer')).toEqual({ event: 'transfer', data: 'done' });
    const told: SessionEvent[] = [];
    running.app.get(SessionEvents).on('access-refused', (event) => told.push(event));
    await clock.advance(5 * 60_000 + 1000);
    expect(await client.ask('transfer')).toEqual({
      event: 'exception',
      data: {
        status: 'error',
        code: 'fresh-login-required',
        message: 'this needs a login that has just been made',
        maxAgeSeconds: 300,
        factors: 1,
      },
    });
    const reason = 'fresh-login-required';
    const refused = { kind: 'access-refused', reason, principal: 'ada', ip: '127.0.0.1' };
    expect(told).toEqual([refused]);
  });

  test('signs nobody in over a socket: the new id would not arrive', async () => {
    await start(adapter);
    const browser = await signedIn();
    const client = await greeted(browser);
    expect(await client.ask('login')).toEqual(refusal('session-value'));
    expect(await browser.json('/me')).toMatchObject({ id: 'ada' });
  });

  test('tells nobody what a defect is', async () => {
    await start(adapter);
    const client = await greeted(await signedIn());
    expect(await client.ask('fail')).toMatchObject({
      event: 'exception',
      data: { status: 'error', message: 'Internal server error' },
    });
    expect(running.logs.text).toContain('a defect of the handler');
  });

  test('hears messages that come while the session is being opened', async () => {
    await start(adapter);
    const client = open(await signedIn());
    client.socket.on('open', () => client.socket.send('{"event":"private"}'));
    const heard = [await client.next(), await client.next()];
    expect(heard).toContainEqual({ event: 'private', data: 'ada' });
  });

  test('goes on after the session got another id within its login', async () => {
    const clock = new FakeClock();
    await start(adapter, { clock, timeouts: { renew: '1m' } });
    const browser = await signedIn();
    const client = await greeted(browser);
    const before = browser.cookies.get('sid');
    await clock.advance(61_000);
    await browser.send('PUT', '/keys/n', { value: 1 });
    expect(browser.cookies.get('sid')).not.toBe(before);
    // Longer than the old key answers: the socket has to know the new one.
    await clock.advance(20_000);
    expect(await client.ask('say', 'still here')).toMatchObject({ event: 'said' });
    expect(await browser.json('/keys')).toEqual({ n: 1, said: ['still here'] });
  });

  test.each([
    { activity: 'messages', alive: true },
    { activity: 'none', alive: false },
    { activity: (data: unknown) => !String(data).includes('whoami'), alive: false },
    { activity: (data: unknown) => String(data).includes('whoami'), alive: true },
  ] as const)('counts messages as activity: $activity keeps it alive: $alive', async (settings) => {
    const clock = new FakeClock();
    const options = { clock, timeouts: { idle: '10m' } } as const;
    await start(adapter, options, { activity: settings.activity });
    const browser = await signedIn();
    const client = await greeted(browser);
    for (let minute = 0; minute < 12; minute += 3) {
      await clock.advance(3 * 60_000);
      if (client.socket.readyState !== client.socket.OPEN) break;
      client.socket.send('{"event":"whoami"}');
      await Promise.race([client.next().catch(() => {}), client.closed]);
    }
    expect((await browser.fetch('/me')).status).toBe(settings.alive ? 200 : 401);
    if (!settings.alive) expect((await client.closed).code).toBe(1008);
  });

  test('a message that the application cannot judge is no activity, and ends nothing', async () => {
    const activity = (data: unknown) => JSON.parse(String(data)).event !== 'heartbeat';
    const { logs } = await start(adapter, {}, { activity });
    const client = await greeted(await signedIn());
    const uncaught: unknown[] = [];
    const keep = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', keep);
    client.socket.send('no JSON');
    expect(await client.ask('whoami')).toMatchObject({ event: 'whoami' });
    process.off('uncaughtException', keep);
    expect(uncaught).toEqual([]);
    expect(logs.text).toMatch(/activity of attachSession\(\) threw \(SyntaxError\)/);
    expect(logs.text).not.toContain('no JSON');
  });

  test('pings and pongs are no activity', async () => {
    const clock = new FakeClock();
    await start(adapter, { clock, timeouts: { idle: '10m' } });
    const client = await greeted(await signedIn());
    for (let minute = 0; minute < 12; minute += 3) {
      if (client.socket.readyState !== client.socket.OPEN) break;
      const answered = new Promise((resolve) => client.socket.once('pong', resolve));
      client.socket.ping();
      await Promise.race([answered, client.closed]);
      await clock.advance(3 * 60_000);
    }
    expect(await client.closed).toEqual({ code: 1008, reason: 'the session has expired' });
  });

  test('has a bound of sockets for one session', async () => {
    await start(adapter);
    const browser = await signedIn();
    const clients = await Promise.all(Array.from({ length: 32 }, () => greeted(browser)));
    const beyond = open(browser);
    expect(await beyond.closed).toEqual({ code: 1013, reason: 'the session has too many sockets' });
    clients[0]?.socket.close();
    await clients[0]?.closed;
    await greeted(await signedIn());
    await greeted(browser);
  });
});
