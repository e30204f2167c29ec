import { afterEach, describe, expect, test } from 'vitest';
import { type SessionModuleOptions, SessionService } from '../../src/index.js';
import { FakeClock, signIn, TestAgent } from '../../src/testing/index.js';
import type { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';
import { type RunningNode, startCluster } from '../support/start-cluster.js';
import { type Listener, listen } from './listener.js';

let closing: (() => Promise<void>) | undefined;
const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.stop();
  await closing?.();
  closing = undefined;
});

async function start(adapter: Adapter, options: SessionModuleOptions = {}): Promise<RunningApp> {
  const running = await startApp({ adapter, controllers: [shopController()], options });
  closing = running.close;
  return running;
}

async function startTwo(adapter: Adapter): Promise<[RunningNode, RunningNode]> {
  const cluster = await startCluster({ adapter, size: 2, controllers: [shopController()] });
  closing = cluster.close;
  return cluster.nodes as [RunningNode, RunningNode];
}

async function signedIn(running: RunningApp): Promise<Browser> {
  const browser = running.browser();
  await browser.post('/login', { id: 'ada', roles: [] });
  return browser;
}

async function hear(browser: Browser): Promise<Listener> {
  const listener = await listen(browser);
  listeners.push(listener);
  return listener;
}

describe.each(ADAPTERS)('GET /session/events on %s', (adapter) => {
  test('begins with what GET /session says, under the revision of the session', async () => {
    const browser = await signedIn(await start(adapter));
    const view = await browser.json('/session');
    const listener = await hear(browser);
    const { headers } = listener.response;
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toMatch(/no-store/);
    expect(headers.get('session-info')).toMatch(/rev="/);
    const snapshot = await listener.next();
    expect(snapshot).toEqual({
      event: 'snapshot',
      data: { ...view, expiresAt: expect.any(String) },
      id: view.revision,
    });
    expect(JSON.stringify(snapshot)).not.toContain(browser.cookies.get('sid')?.split('.')[0]);
  });

  test('tells a principal with a big integer, as GET /session does', async () => {
    const running = await start(adapter);
    const agent = new TestAgent(running.app);
    await signIn(agent, { id: 'ada', tenant: 2n ** 64n, teams: [{ number: 7n }] });
    const browser = running.browser();
    for (const [name, value] of agent.cookies) browser.cookies.set(name, value);
    const principal = {
      id: 'ada',
      roles: [],
      tenant: '18446744073709551616',
      teams: [{ number: '7' }],
    };
    expect(await browser.json('/session')).toMatchObject({ principal });
    const listener = await hear(browser);
    expect(await listener.next()).toMatchObject({ event: 'snapshot', data: { principal } });
    expect(running.logs.text).not.toMatch(/^error/m);
  });

  test('answers who asks for the head alone, and holds nothing open for it', async () => {
    const browser = await signedIn(await start(adapter));
    for (let asked = 0; asked < 10; asked++) {
      const response = await browser.fetch('/session/events', { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    }
    expect(await (await hear(browser)).next()).toMatchObject({ event: 'snapshot' });
  });

  test('tells of changes here as they are made', async () => {
    const browser = await signedIn(await start(adapter));
    const listener = await hear(browser);
    await listener.next();
    await browser.send('PUT', '/keys/theme', { value: 'dark' });
    const { revision } = await browser.json('/session');
    expect(await listener.next()).toEqual({
      event: 'updated',
      data: { revision, expiresAt: expect.any(String) },
      id: revision,
    });
  });

  test('tells of changes at other nodes, and of the end there', async () => {
    const [here, there] = await startTwo(adapter);
    const browser = await signedIn(here);
    const elsewhere = browser.at(there.url);
    const listener = await hear(elsewhere);
    await listener.next();
    await browser.send('PUT', '/keys/theme', { value: 'dark' });
    const { revision } = await browser.json('/session');
    expect(await listener.next()).toMatchObject({ event: 'updated', id: revision });
    await here.app.get(SessionService).revokePrincipal('ada');
    expect(await listener.next()).toEqual({ event: 'revoked', data: { reason: 'revoked' } });
    expect(await listener.next()).toBeUndefined();
  });

  test('ends when somebody signs out', async () => {
    const browser = await signedIn(await start(adapter));
    const other = browser.at(browser.url);
    const listener = await hear(browser);
    await listener.next();
    await other.post('/logout');
    expect(await listener.next()).toEqual({ event: 'revoked', data: { reason: 'logout' } });
    expect(await listener.next()).toBeUndefined();
  });

  test('goes on when the session gets another id within its login', async () => {
    const clock = new FakeClock();
    const browser = await signedIn(await start(adapter, { clock, timeouts: { renew: '1m' } }));
    const listener = await hear(browser);
    await listener.next();
    await clock.advance(61_000);
    await browser.send('PUT', '/keys/n', { value: 1 });
    expect((await listener.until('rotated')).data.revision).toMatch(/^\d+\.\d+$/);
    await clock.advance(20_000);
    await browser.send('PUT', '/keys/n', { value: 2 });
    await listener.until('updated');
  });

  test('tells that the session expires, and does not keep it alive', async () => {
    const clock = new FakeClock();
    const browser = await signedIn(await start(adapter, { clock, timeouts: { idle: '10m' } }));
    const listener = await hear(browser);
    await listener.next();
    const startedMs = clock.wallMs();
    await clock.advance(8 * 60_000 + 6000);
    const { data } = await listener.until('expiring');
    expect(new Date(data.at as string).getTime() - startedMs).toBeLessThanOrEqual(10 * 60_000);
    // Somebody is there after all.
    await browser.json('/cart');
    await clock.advance(6000);
    await listener.until('updated');
    await clock.advance(8 * 60_000 + 6000);
    await listener.until('expiring');
    // A tab that connects again by itself is nobody.
    await (await hear(browser)).until('expiring');
    await clock.advance(2 * 60_000);
    await listener.until('expired');
    expect(await listener.next()).toBeUndefined();
    expect((await browser.fetch('/me')).status).toBe(401);
  });

  test('says that it is alive', async () => {
    const clock = new FakeClock();
    const browser = await signedIn(await start(adapter, { clock }));
    const listener = await hear(browser);
    await listener.next();
    await clock.advance(25_000);
    expect(await listener.next()).toEqual({ event: 'ping', data: {} });
  });

  test('needs a session, and says why there is none', async () => {
    const running = await start(adapter);
    const response = await running.browser().fetch('/session/events');
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'authentication-required' });
    const browser = await signedIn(running);
    const other = browser.at(browser.url);
    await browser.post('/logout');
    const gone = await other.fetch('/session/events');
    expect(await gone.json()).toMatchObject({ detail: expect.stringMatching(/signed out/) });
  });

  test('has a bound for one session, and room again when one is closed', async () => {
    const running = await start(adapter);
    const browser = await signedIn(running);
    const open = await Promise.all(Array.from({ length: 8 }, () => hear(browser)));
    const refused = await browser.fetch('/session/events');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    await hear(await signedIn(running));
    open[0]?.stop();
    await expect.poll(async () => (await hear(browser)).response.status).toBe(200);
  });

  test('sends its clients elsewhere when the node leaves', async () => {
    const [here, there] = await startTwo(adapter);
    const browser = await signedIn(here);
    const listener = await hear(browser);
    await listener.next();
    closing = there.close;
    const closed = here.close();
    expect(await listener.until('draining')).toEqual({
      event: 'draining',
      data: { graceMs: 1000, jitterMs: 2000 },
    });
    expect(await listener.next()).toBeUndefined();
    await closed;
    const moved = await hear(browser.at(there.url));
    expect(await moved.next()).toMatchObject({ event: 'snapshot' });
  });

  test('is not for pages of other sites', async () => {
    const browser = await signedIn(await start(adapter));
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    expect((await browser.fetch('/session/events', { headers })).status).toBe(403);
  });
});
