import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionEvents } from '../src/index.js';
import { Gate, shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

describe.each(ADAPTERS)('signing in on %s', (adapter) => {
  const gate = new Gate();
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [shopController(gate)] });
  });
  afterAll(() => running.close());

  test('keeps the cart and changes the id, the token and the route (ASVS 7.2.4)', async () => {
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const before = new Map(browser.cookies);
    const response = await browser.post('/login', { id: 'ada', roles: ['admin'] });
    expect(await response.json()).toEqual({ principal: { id: 'ada', roles: ['admin'] } });
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    for (const name of ['sid', 'sid-csrf', 'sid-route']) {
      expect(browser.cookies.get(name)).toBeDefined();
      expect(browser.cookies.get(name)).not.toBe(before.get(name));
    }
    expect(await browser.json('/me')).toEqual({ id: 'ada', roles: ['admin'] });
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('leaves the old id without any right', async () => {
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const thief = browser.at(running.url);
    await browser.post('/login', { id: 'ada' });
    expect((await thief.fetch('/me')).status).toBe(401);
    expect(await thief.json('/cart')).toEqual({ items: [], visits: 0 });
    expect((await browser.fetch('/me')).status).toBe(200);
  });

  test('without a session first makes one', async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    expect(await browser.json('/me')).toEqual({ id: 'ada', roles: [] });
  });

  test('guards answer 401 and 403 with a problem', async () => {
    const browser = running.browser();
    const anonymous = await browser.fetch('/me');
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await anonymous.json()).toMatchObject({
      type: 'urn:understudy:authentication-required',
      code: 'authentication-required',
      status: 401,
    });
    expect((await browser.fetch('/admin')).status).toBe(401);
    await browser.post('/login', { id: 'bob', roles: ['clerk'] });
    const forbidden = await browser.fetch('/admin');
    expect([forbidden.status, (await forbidden.json()) as object]).toMatchObject([
      403,
      { code: 'forbidden' },
    ]);
    await browser.post('/login', { id: 'eve', roles: ['owner'] });
    expect((await browser.fetch('/admin')).status).toBe(200);
  });

  test('signing out ends the session and makes the browser forget it', async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const copy = browser.at(running.url);
    const response = await browser.post('/logout');
    expect(response.status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect(response.headers.getSetCookie()).toHaveLength(3);
    expect((await copy.fetch('/me')).status).toBe(401);
    expect(await copy.json('/cart')).toEqual({ items: [], visits: 0 });
  });

  test('a request in flight during a sign-out cannot bring the session back', async () => {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const copy = browser.at(running.url);
    const arrived = gate.hold('late');
    const writing = copy.send('PUT', '/keys/late', { value: 'late' });
    await arrived;
    await browser.post('/logout');
    gate.release('late');
    const response = await writing;
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'session-ended' });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await copy.fetch('/me')).status).toBe(401);
  });

  test('events tell the story without an id', async () => {
    const events = running.app.get(SessionEvents);
    const seen: unknown[] = [];
    const subscription = events.stream.subscribe((event) => seen.push(event));
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const ids = [browser.cookies.get('sid')];
    await browser.post('/login', { id: 'ada' });
    ids.push(browser.cookies.get('sid'));
    await browser.post('/logout');
    subscription.unsubscribe();
    expect(seen).toMatchObject([
      { kind: 'created' },
      { kind: 'login', principal: 'ada' },
      { kind: 'ended', reason: 'logout' },
    ]);
    for (const id of ids) expect(JSON.stringify(seen)).not.toContain(id?.split('.')[0]);
  });

  test('no response body and no log line shows an id (ASVS 3.3.4)', async () => {
    const browser = running.browser();
    const bodies: string[] = [];
    const keep = async (response: Response) => bodies.push(await response.text());
    await keep(await browser.post('/cart/lamp'));
    await keep(await browser.post('/login', { id: 'ada' }));
    const id = browser.cookies.get('sid')?.split('.')[0] as string;
    await keep(await browser.fetch('/session'));
    await keep(await browser.fetch('/keys'));
    await keep(await browser.fetch('/me', { headers: { cookie: `sid=${id}.x.y` } }));
    expect(bodies.join()).not.toContain(id);
    expect(running.logs.text).not.toContain(id);
  });
});
