import { Agent, request } from 'node:http';
import { All, Controller, HttpCode } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

let handled = 0;

@Controller()
class SensitiveController {
  @All('sensitive')
  @HttpCode(200)
  sensitive() {
    handled += 1;
    return { ok: true };
  }
}

const TRUSTED = 'https://admin.example';
const ORIGINS = ['none', 'own', TRUSTED, 'https://evil.example', 'null'] as const;
const SITES = ['none said', 'same-origin', 'none', 'same-site', 'cross-site'] as const;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const TYPES: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  'application/json': '{}',
  'application/x-www-form-urlencoded': 'a=1',
  'text/plain': 'a=1',
};
const TOKENS = ['right', 'wrong', 'none'] as const;

interface Cell {
  readonly origin: (typeof ORIGINS)[number];
  readonly site: (typeof SITES)[number];
  readonly method: (typeof METHODS)[number];
  readonly type: string;
  readonly token: (typeof TOKENS)[number];
}

const CELLS: readonly Cell[] = ORIGINS.flatMap((origin) =>
  SITES.flatMap((site) =>
    METHODS.flatMap((method) =>
      Object.keys(TYPES).flatMap((type) =>
        TOKENS.map((token) => ({ origin, site, method, type, token })),
      ),
    ),
  ),
);

/**
 * What the documentation promises, in its own words and not in those of the code. The content type
 * decides nothing: the token is in a header, which no other site can send without a preflight.
 */
function mayPass({ origin, site, method, token }: Cell): boolean {
  const saysOtherSite = site === 'same-site' || site === 'cross-site';
  const saysOwnSite = site === 'same-origin' || site === 'none';
  if (method === 'GET' || method === 'HEAD') return site !== 'cross-site' || origin === TRUSTED;
  if (token !== 'right') return false;
  if (origin === TRUSTED) return true;
  if (saysOtherSite) return false;
  return saysOwnSite || origin === 'none' || origin === 'own';
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
afterAll(() => agent.destroy());

function statusOf(url: string, cell: Cell, cookie: string, token: string): Promise<number> {
  const body = cell.method === 'GET' || cell.method === 'HEAD' ? undefined : TYPES[cell.type];
  const headers: Record<string, string> = { cookie };
  if (body !== undefined) {
    headers['content-type'] = cell.type;
    headers['content-length'] = String(body.length);
  }
  if (cell.origin !== 'none') headers.origin = cell.origin === 'own' ? url : cell.origin;
  if (cell.site !== 'none said') headers['sec-fetch-site'] = cell.site;
  if (cell.token !== 'none') headers['x-csrf-token'] = cell.token === 'right' ? token : 'wrong';
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/sensitive`,
      { method: cell.method, headers, agent },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    call.on('error', reject).end(body);
  });
}

describe.each(ADAPTERS)('who may send what on %s', (adapter) => {
  describe.each([false, true])('requirePreflight: %s', (requirePreflight) => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp({
        adapter,
        controllers: [shopController(), SensitiveController],
        options: { csrf: { trustedOrigins: [TRUSTED], requirePreflight } },
      });
    });
    afterAll(() => running.close());

    test(`all ${CELLS.length} kinds of requests with a session (ASVS 3.5.1)`, {
      timeout: 60_000,
    }, async () => {
      const browser = running.browser();
      await browser.post('/login', { id: 'ada' }, { 'x-csrf-token': 'none yet' });
      const token = browser.cookies.get('sid-csrf') as string;
      handled = 0;
      const wrong: unknown[] = [];
      let passed = 0;
      for (let start = 0; start < CELLS.length; start += 8) {
        await Promise.all(
          CELLS.slice(start, start + 8).map(async (cell) => {
            const status = await statusOf(running.url, cell, browser.cookieHeader, token);
            const isAllowed = mayPass(cell);
            if (isAllowed) passed += 1;
            if (status !== (isAllowed ? 200 : 403)) wrong.push({ ...cell, status });
          }),
        );
      }
      expect(wrong).toEqual([]);
      expect(handled).toBe(passed);
      expect(passed).toBeGreaterThan(CELLS.length / 10);
      expect(passed).toBeLessThan(CELLS.length / 2);
    });
  });
});

describe.each(ADAPTERS)('a form that needs no preflight on %s (ASVS 3.5.2)', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({
      adapter,
      controllers: [shopController(), SensitiveController],
      options: { csrf: { requirePreflight: true } },
    });
  });
  afterAll(() => running.close());

  test.each([
    ['text/plain', '{"id":"eve"}'],
    ['application/x-www-form-urlencoded', 'id=eve'],
  ])(
    'is refused as %s, also without a session and with the token in a field',
    async (type, body) => {
      const anonymous = await fetch(`${running.url}/sensitive`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(anonymous.status).toBe(403);
      const browser = running.browser();
      await browser.post('/login', { id: 'ada' });
      const token = browser.cookies.get('sid-csrf') as string;
      const known = await fetch(`${running.url}/sensitive`, {
        method: 'POST',
        headers: { 'content-type': type, cookie: browser.cookieHeader },
        body: `${body}&_csrf=${token}`,
      });
      expect([known.status, await known.json()]).toMatchObject([403, { code: 'csrf-invalid' }]);
    },
  );

  test('passes as JSON, and from a page that the browser calls our own', async () => {
    const send = (headers: Record<string, string>, body: string) =>
      fetch(`${running.url}/sensitive`, { method: 'POST', headers, body });
    expect((await send({ 'content-type': 'application/json' }, '{}')).status).toBe(200);
    const form = 'application/x-www-form-urlencoded';
    const own = await send({ 'content-type': form, 'sec-fetch-site': 'same-origin' }, 'a=1');
    expect(own.status).toBe(200);
  });

  test('passes with a token in the Authorization header, which no form can set', async () => {
    const post = async (transport: 'header' | 'cookie', authorization?: string) => {
      const options = { transport, csrf: { requirePreflight: true } } as const;
      const own = await startApp({ adapter, controllers: [SensitiveController], options });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { status } = await fetch(`${own.url}/sensitive`, {
        method: 'POST',
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        body: 'a=1',
      });
      await own.close();
      return status;
    };
    expect(await post('header', 'Session')).toBe(200);
    expect(await post('header')).toBe(403);
    // Browsers send this one along by themselves.
    expect(await post('header', 'Basic YTpi')).toBe(403);
  });
});
