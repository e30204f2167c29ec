import { Controller, Get, Post } from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import { Session, type SessionModuleOptions } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';

let running: RunningApp;

@Controller()
class WhoController {
  @Get('who')
  who(@Session() session: Session) {
    return { name: session.principal?.id ?? null };
  }

  @Post('who')
  setWho(@Session() session: Session<{ seen?: boolean }>) {
    session.seen = true;
    return {};
  }
}

async function start(adapter: Adapter, options: SessionModuleOptions): Promise<void> {
  running = await startApp({ adapter, controllers: [shopController(), WhoController], options });
}

afterEach(() => running.close());

function send(method: string, path: string, headers: Record<string, string> = {}, body?: object) {
  const content = body && { 'content-type': 'application/json' };
  return fetch(running.url + path, {
    method,
    headers: { ...content, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const bearing = (token: string) => ({ authorization: `Session ${token}` });
const tokenOf = (response: Response) => response.headers.get('session-token');
const items = async (response: Response) => ((await response.json()) as { items: string[] }).items;

describe.each(ADAPTERS)('ids in headers on %s', (adapter) => {
  test('are given to who asks for one, and no cookie is', async () => {
    await start(adapter, { transport: ['cookie', 'header'] });
    const response = await send('POST', '/cart/tea', { authorization: 'Session' });
    const token = tokenOf(response) as string;
    expect(token).toMatch(/^[\w-]{43}\.[0-9a-z]+\.[\w-]{43}$/);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const read = await send('GET', '/cart', bearing(token));
    expect(await items(read)).toEqual(['tea']);
    expect([tokenOf(read), read.headers.getSetCookie()]).toEqual([null, []]);
  });

  test('need no CSRF token: no other site can send them', async () => {
    await start(adapter, { transport: ['cookie', 'header'] });
    const token = tokenOf(await send('POST', '/cart/tea', { authorization: 'Session' })) as string;
    const response = await send('POST', '/cart/milk', bearing(token));
    expect([response.status, await items(response)]).toEqual([200, ['tea', 'milk']]);
    const foreign = { ...bearing(token), 'sec-fetch-site': 'cross-site' };
    expect((await send('POST', '/cart/x', foreign)).status).toBe(403);
  });

  test('are replaced by a login, and the old one is dead', async () => {
    await start(adapter, { transport: 'header' });
    const first = tokenOf(await send('POST', '/cart/tea')) as string;
    const signIn = await send('POST', '/login', bearing(first), { id: 'ada' });
    const second = tokenOf(signIn) as string;
    expect(second).not.toBe(first);
    expect(await (await send('GET', '/who', bearing(second))).json()).toEqual({ name: 'ada' });
    expect((await send('GET', '/me', bearing(first))).status).toBe(401);
  });

  test('are taken back at a logout', async () => {
    await start(adapter, { transport: 'header' });
    const token = tokenOf(await send('POST', '/cart/tea')) as string;
    const response = await send('POST', '/logout', bearing(token));
    expect([response.status, tokenOf(response)]).toEqual([204, '']);
  });

  test('are not looked at beside other schemes, nor when the option does not say so', async () => {
    await start(adapter, {});
    const browser = running.browser();
    await browser.post('/cart/tea');
    const value = browser.cookies.get('sid') as string;
    const response = await send('GET', '/cart', bearing(value));
    expect(await items(response)).toEqual([]);
    const basic = { authorization: 'Basic YTpi', cookie: browser.cookieHeader };
    expect(await items(await send('GET', '/cart', basic))).toEqual(['tea']);
  });

  test('nobody learns the id in a cookie by asking for a header (ASVS 3.3.4)', async () => {
    await start(adapter, { transport: ['cookie', 'header'] });
    const browser = running.browser();
    await browser.post('/cart/tea');
    const id = (browser.cookies.get('sid') as string).split('.')[0] as string;
    const asking = { authorization: 'Session', cookie: browser.cookieHeader };
    const response = await send('POST', '/login', asking, { id: 'eve' });
    expect(tokenOf(response)).not.toContain(id);
    expect(await browser.json('/who')).toEqual({ name: null });
    expect(await browser.json('/cart')).toMatchObject({ items: ['tea'] });
  });

  test('cookies are neither read nor set without that transport', async () => {
    await start(adapter, { transport: 'header' });
    const response = await send('POST', '/cart/tea');
    const token = tokenOf(response) as string;
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await items(await send('GET', '/cart', { cookie: `sid=${token}` }))).toEqual([]);
  });

  test.each(['forged', 'a'.repeat(43), `${'a'.repeat(43)}.abc.${'b'.repeat(43)}`])(
    'a token that is not ours is none: %s',
    async (token) => {
      await start(adapter, { transport: 'header' });
      const response = await send('POST', '/cart/tea', bearing(token));
      expect([response.status, await items(response)]).toEqual([200, ['tea']]);
      expect(tokenOf(response)).not.toContain(token);
    },
  );
});

describe.each(ADAPTERS)('ids in addresses on %s', (adapter) => {
  async function token(): Promise<string> {
    return tokenOf(await send('POST', '/cart/tea', { authorization: 'Session' })) as string;
  }

  test.each<[string, SessionModuleOptions]>([
    ['cookies', {}],
    ['cookies and headers', { transport: ['cookie', 'header'] }],
  ])('are not looked at with %s (ASVS 14.2.1)', async (_name, options) => {
    await start(adapter, options);
    const browser = running.browser();
    await browser.post('/cart/tea');
    const value = browser.cookies.get('sid') as string;
    for (const name of ['session_token', 'sid', 'sessionid', 'jsessionid', 'token']) {
      for (const path of [`/cart?${name}=${value}`, `/cart;${name}=${value}`]) {
        const response = await send('GET', path);
        if (response.status === 200) expect(await items(response)).toEqual([]);
        expect([tokenOf(response), response.headers.getSetCookie()]).toEqual([null, []]);
      }
    }
  });

  test('open a session for reading where it is asked for, and a warning says what that means', async () => {
    await start(adapter, { transport: ['header', 'url'] });
    expect(running.logs.text).toMatch(/warn transport allows url: .*ASVS 14\.2\.1/);
    const value = await token();
    const response = await send('GET', `/cart?page=1&session_token=${value}`);
    expect(await items(response)).toEqual(['tea']);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('change nothing: only safe methods are served', async () => {
    await start(adapter, { transport: ['cookie', 'header', 'url'] });
    const value = await token();
    await send('POST', `/cart/milk?session_token=${value}`);
    expect(await items(await send('GET', '/cart', bearing(value)))).toEqual(['tea']);
  });

  test('do not appear in the log (ASVS 14.2.1)', async () => {
    await start(adapter, { transport: ['header', 'url'] });
    const value = await token();
    await send('GET', `/admin?session_token=${value}`);
    await send('GET', `/nowhere?session_token=${value}`);
    expect(running.logs.text).not.toContain(value.split('.')[0]);
  });
});
