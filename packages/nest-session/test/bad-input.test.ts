import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionEvents } from '../src/index.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

describe.each(ADAPTERS)('bad input on %s', (adapter) => {
  let running: RunningApp;
  let good: string;

  beforeAll(async () => {
    const secret = 'a secret that all of these tests share';
    running = await startApp({ adapter, controllers: [shopController()], options: { secret } });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    good = browser.cookies.get('sid') as string;
  });
  afterAll(() => running.close());

  const foreign = async () => {
    const { logs } = running;
    const other = await startApp({ adapter, controllers: [shopController()], logs });
    const browser = other.browser();
    await browser.post('/cart/theirs');
    await other.close();
    return browser.cookies.get('sid') as string;
  };

  const flipped = (position: number) =>
    good.slice(0, position) + (good[position] === 'A' ? 'B' : 'A') + good.slice(position + 1);

  test.each<[string, () => string | Promise<string>]>([
    ['a changed id', () => flipped(3)],
    ['a changed time', () => flipped(45)],
    ['a changed signature', () => flipped(good.length - 5)],
    ['a truncated cookie', () => good.slice(0, 60)],
    ['an id alone', () => good.slice(0, 43)],
    ['the cookie of another application', foreign],
    ['a cookie of ten kilobytes', () => 'a'.repeat(10_000)],
    ['a cookie of express-session', () => `s%3A${'x'.repeat(32)}.${'y'.repeat(43)}`],
    ['an attack on prototypes', () => '__proto__'],
    ['an attack on a database', () => "' OR 1=1 --"],
    ['bytes that are no text', () => '\u00ff\u00fe'],
    ['an empty cookie', () => ''],
    ['twenty cookies', () => Array(20).fill('junk').join('; sid=')],
  ])('%s is a visitor without a session', async (_name, forge) => {
    const cookie = `sid=${await forge()}`;
    const read = await fetch(`${running.url}/cart`, { headers: { cookie } });
    expect([read.status, await read.json()]).toEqual([200, { items: [], visits: 0 }]);
    const write = await fetch(`${running.url}/cart/chair`, { method: 'POST', headers: { cookie } });
    expect([write.status, await write.json()]).toEqual([200, { items: ['chair'] }]);
    const fresh = write.headers.getSetCookie().find((text) => text.startsWith('sid='));
    expect(fresh?.slice(4, 47)).not.toBe(good.slice(0, 43));
  });

  test('the good one among bad ones is found, in any order', async () => {
    for (const cookie of [`sid=junk; sid=${good}`, `sid=${good}; sid=junk`]) {
      const response = await fetch(`${running.url}/cart`, { headers: { cookie } });
      expect(await response.json()).toEqual({ items: ['lamp'], visits: 0 });
    }
  });

  test('an id is not taken from the query, the body or a header (ASVS 14.2.1)', async () => {
    const response = await fetch(`${running.url}/cart?sid=${good}`, {
      headers: { 'x-session-id': good, authorization: `Bearer ${good}`, sid: good },
    });
    expect(await response.json()).toEqual({ items: [], visits: 0 });
  });

  test('a forged cookie is told to whoever watches', async () => {
    const seen: unknown[] = [];
    const stop = running.app.get(SessionEvents).on('cookie-refused', (event) => seen.push(event));
    await fetch(`${running.url}/cart`, { headers: { cookie: 'sid=forged' } });
    stop();
    expect(seen).toEqual([{ kind: 'cookie-refused', ip: expect.stringContaining('127.0.0.1') }]);
  });

  test.each([
    [
      'a forged route cookie',
      { cookie: () => `sid=${good}; sid-route=v1.evil.9.9.${'x'.repeat(22)}` },
    ],
    ['a route cookie that is none', { cookie: () => `sid=${good}; sid-route=../../etc` }],
    ['a revision that is none', { 'session-min-rev': () => '1.x' }],
    ['a failed node that is none', { 'x-understudy-failed-node': () => '"; drop' }],
  ])('%s changes nothing', async (_name, extra) => {
    const headers: Record<string, string> = { cookie: `sid=${good}` };
    for (const [name, value] of Object.entries(extra)) headers[name] = value();
    const response = await fetch(`${running.url}/cart`, { headers });
    expect([response.status, await response.json()]).toEqual([200, { items: ['lamp'], visits: 0 }]);
  });

  test.each([
    ['a body that is no JSON', '{"id":', 400],
    ['a body of another kind', '[1,2', 400],
  ])('%s is answered %s without a stack', async (_name, body, status) => {
    const response = await fetch(`${running.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/node_modules|\.ts:|\.js:/);
  });

  test('a login without an id is the handler’s mistake, told without a stack', async () => {
    const response = await running.browser().post('/login', { id: 7 });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'session-value' });
    expect(text).not.toMatch(/node_modules|\.ts:|\.js:/);
  });

  test('bytes that are no HTTP do no harm', async () => {
    const { port } = new URL(running.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('GET /cart HTTP/1.1\r\nHost: x\r\nCookie: sid=\u0000\u0001\r\n\r\n');
      });
      socket.on('data', () => socket.destroy());
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
    });
    expect((await running.browser().fetch('/cart')).status).toBe(200);
  });

  test('nothing of all this was logged with an id', () => {
    expect(running.logs.text).not.toContain(good.slice(0, 43));
  });
});
