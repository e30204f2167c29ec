import { request } from 'node:http';
import { Body, Controller, HttpCode, type INestApplication, Post } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CsrfGuard, SkipCsrf } from '../src/index.js';
import type { Browser } from './support/browser.js';
import { shopController } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

@Controller()
class WebhookController {
  @Post('webhook')
  @SkipCsrf()
  @HttpCode(200)
  webhook() {
    return { ok: true };
  }

  @Post('form')
  @HttpCode(200)
  form(@Body() body?: unknown) {
    return { body: body ?? null };
  }
}

/** As packages for uploads do: the handler reads the parts, long after the guards. */
function leavesUploadsToHandlers(app: INestApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as Partial<FastifyInstance>;
  fastify.addContentTypeParser?.('multipart/form-data', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
}

describe.each(ADAPTERS)('the CSRF check on %s', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({
      adapter,
      controllers: [shopController(), WebhookController],
      prepare: leavesUploadsToHandlers,
    });
  });
  afterAll(() => running.close());

  const withSession = async () => {
    const browser = running.browser();
    await browser.post('/cart/lamp');
    return browser;
  };

  test('takes the token of the session in the header', async () => {
    const browser = await withSession();
    expect((await browser.post('/cart/chair')).status).toBe(200);
  });

  test.each([
    ['shop.example:443', 'https://shop.example', 200],
    ['shop.example:80', 'http://shop.example', 200],
    ['Shop.Example', 'https://shop.example', 200],
    ['shop.example:8443', 'https://shop.example', 403],
  ])('a request to %s from %s is answered %d', async (host, origin, expected) => {
    const browser = await withSession();
    const headers = {
      host,
      origin,
      cookie: browser.cookieHeader,
      'x-csrf-token': browser.cookies.get('sid-csrf') as string,
    };
    const status = await new Promise((resolve, reject) => {
      const call = request(`${running.url}/form`, { method: 'POST', headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      call.on('error', reject).end();
    });
    expect(status).toBe(expected);
  });

  /** Without the header that `Browser` adds. */
  const submit = (
    { cookieHeader }: Browser,
    body: URLSearchParams | FormData | string,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${running.url}/form`, {
      method: 'POST',
      headers: { cookie: cookieHeader, ...headers },
      body,
    });

  test('takes the token of the session in a field of a JSON body', async () => {
    const browser = await withSession();
    const token = browser.cookies.get('sid-csrf') as string;
    const headers = { 'content-type': 'application/json' };
    const response = await submit(browser, JSON.stringify({ _csrf: token }), headers);
    expect(response.status).toBe(200);
  });

  test('takes the token of the session in a field of a form, and no other one', async () => {
    const browser = await withSession();
    const _csrf = browser.cookies.get('sid-csrf') as string;
    // As `URLSearchParams` it is sent as application/x-www-form-urlencoded.
    const right = await submit(browser, new URLSearchParams({ name: 'Ada & Co', _csrf }));
    expect(right.status).toBe(200);
    expect(await right.json()).toEqual({ body: { name: 'Ada & Co', _csrf } });
    const refused = { name: 'Ada', _csrf: 'x'.repeat(_csrf.length) };
    for (const fields of [refused, { name: 'Ada' }, { name: 'Ada', _csrf: '' }]) {
      const response = await submit(browser, new URLSearchParams(fields));
      expect([response.status, await response.json()]).toMatchObject([
        403,
        { code: 'csrf-invalid' },
      ]);
    }
    // Twice: a list, of which nobody may choose one.
    expect((await submit(browser, `_csrf=wrong&_csrf=${_csrf}`, FORM)).status).toBe(403);
  });

  test('does not see the fields of a multipart form: its token has to be in the header', async () => {
    const browser = await withSession();
    const token = browser.cookies.get('sid-csrf') as string;
    const form = () => {
      const fields = new FormData();
      fields.set('_csrf', token);
      fields.set('photo', new Blob(['a picture']), 'lamp.png');
      return fields;
    };
    const inField = await submit(browser, form());
    expect([inField.status, await inField.json()]).toMatchObject([403, { code: 'csrf-invalid' }]);
    expect((await submit(browser, form(), { 'x-csrf-token': token })).status).toBe(200);
    expect((await submit(browser, form(), { 'x-csrf-token': 'wrong' })).status).toBe(403);
  });

  test.each([
    ['none', {}],
    ['a wrong one', { 'x-csrf-token': 'x'.repeat(32) }],
    ['an empty one', { 'x-csrf-token': '' }],
  ])('refuses %s with a problem and changes nothing', async (_name, headers) => {
    const browser = await withSession();
    const response = await fetch(`${running.url}/cart/chair`, {
      method: 'POST',
      headers: { cookie: browser.cookieHeader, ...headers } as Record<string, string>,
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'csrf-invalid' });
    expect(await browser.json('/cart')).toEqual({ items: ['lamp'], visits: 0 });
  });

  test('refuses the token of another session', async () => {
    const [one, two] = [await withSession(), await withSession()];
    const response = await one.post('/cart/chair', undefined, {
      'x-csrf-token': two.cookies.get('sid-csrf') as string,
    });
    expect(response.status).toBe(403);
  });

  test('refuses the token from before a login', async () => {
    const browser = await withSession();
    const old = browser.cookies.get('sid-csrf') as string;
    await browser.post('/login', { id: 'ada' });
    expect((await browser.post('/cart/x', undefined, { 'x-csrf-token': old })).status).toBe(403);
    expect((await browser.post('/cart/x')).status).toBe(200);
  });

  test('refuses a forged login although there is no session yet', async () => {
    const response = await running.browser().post(
      '/login',
      { id: 'eve' },
      {
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      },
    );
    expect(response.status).toBe(403);
  });

  test('leaves marked routes alone', async () => {
    const browser = await withSession();
    const response = await fetch(`${running.url}/webhook`, {
      method: 'POST',
      headers: { cookie: browser.cookieHeader },
    });
    expect(response.status).toBe(200);
  });

  test('GET /session?csrf=1 makes a session to hold the token', async () => {
    const browser = running.browser();
    expect(await browser.json('/session')).toEqual({
      authenticated: false,
      principal: null,
      expiresAt: null,
      csrfToken: null,
      revision: null,
    });
    expect(browser.cookies.size).toBe(0);
    const view = await browser.json<{ csrfToken: string; revision: string }>('/session?csrf=1');
    expect(view.csrfToken).toBe(browser.cookies.get('sid-csrf'));
    expect(view.revision).toMatch(/^\d+\.\d+$/);
    expect((await browser.post('/cart/lamp')).status).toBe(200);
  });
});

describe.each(ADAPTERS)('csrf: false on %s', (adapter) => {
  test('checks nothing', async () => {
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      options: { csrf: false },
    });
    const browser = running.browser();
    await browser.post('/cart/lamp');
    const response = await browser.post('/cart/chair', undefined, { 'x-csrf-token': 'wrong' });
    expect(response.status).toBe(200);
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await browser.post('/cart/table', undefined, foreign)).status).toBe(200);
    await running.close();
  });

  test.each([
    [false, 0],
    [true, 1],
  ])('csrf: %s makes a request wait for %i guards', async (csrf, times) => {
    const asked = vi.spyOn(CsrfGuard.prototype, 'canActivate');
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      options: { csrf },
    });
    await running.browser().post('/cart/lamp');
    expect(asked).toHaveBeenCalledTimes(times);
    asked.mockRestore();
    await running.close();
  });
});
