import { describe, expect, it } from 'vitest';
import { ADAPTERS, sharedShop } from './support/test-shop.js';

describe.each(ADAPTERS)('what the shop refuses, on %s', (adapter) => {
  const shop = sharedShop({ SHOP_ADAPTER: adapter });

  it('is a form with a wrong CSRF token, shown as a page', async () => {
    const browser = shop.visitor();
    const product = await browser.visit('/products/footlight');
    const { action, fields } = product.form('Add to basket');
    for (const token of ['wrong', '']) {
      const refused = await browser.send(action, { ...fields, _csrf: token });
      expect(refused.status).toBe(403);
      expect(refused.headers.get('content-type')).toContain('text/html');
      expect(refused.headings).toEqual(['The CSRF check failed']);
      expect(refused.markup).not.toMatch(/\bat .*:\d+:\d+/);
    }
    expect((await browser.visit('/cart')).text).toContain('There is nothing in it yet.');
  });

  it('is a call with a wrong CSRF token, answered as a problem', async () => {
    const api = shop.script();
    await api.csrfToken();
    const call = { csrf: false, headers: { 'X-CSRF-Token': 'wrong' } };
    const refused = await api.post('/api/cart/items', { sku: 'footlight' }, call);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ type: 'urn:understudy:csrf-invalid', status: 403 });
  });

  it.each<[string, string, string, number, string]>([
    ['a body that is no JSON', '/api/cart/items', '{"sku": ', 400, 'bad-request'],
    ['a body that is no object', '/api/cart/items', '[]', 400, 'bad-request'],
    ['no body', '/api/cart/items', '', 400, 'bad-request'],
    [
      'no quantity at all',
      '/api/cart/items',
      '{"sku":"footlight","quantity":0}',
      400,
      'bad-request',
    ],
    ['half a piece', '/api/cart/items', '{"sku":"footlight","quantity":0.5}', 400, 'bad-request'],
    [
      'a quantity in words',
      '/api/cart/items',
      '{"sku":"footlight","quantity":"2"}',
      400,
      'bad-request',
    ],
    [
      'too many at once',
      '/api/cart/items',
      '{"sku":"footlight","quantity":1e9}',
      400,
      'bad-request',
    ],
    ['what it does not sell', '/api/cart/items', '{"sku":"submarine"}', 404, 'not-found'],
    ['a prototype', '/api/cart/items', '{"sku":"__proto__"}', 404, 'not-found'],
    ['a body that is too large', '/api/cart/items', `"${'x'.repeat(200_000)}"`, 413, 'too-large'],
    ['an unknown checkout', '/api/checkout/__proto__/submit', '{"revision":1}', 404, 'not-found'],
    ['an order without a key', '/api/orders', '{}', 400, 'bad-request'],
  ])('is %s', async (_name, path, text, status, code) => {
    const api = shop.script();
    const refused = await api.post(path, undefined, { text });
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.stringify(refused.body)).not.toMatch(/node_modules|\bat .*:\d+:\d+/);
  });

  it('is a page that is not there, in words and with a way back', async () => {
    const browser = shop.visitor();
    const page = await browser.visit('/nowhere?q=<script>alert(1)</script>');
    expect(page.status).toBe(404);
    expect(page.headings).toEqual(['There is nothing here']);
    expect(page.markup).not.toContain('<script>alert');
    expect(page.link('To the shop')).toBe('/');
  });

  it('is an impossible quantity in a form, shown on the basket', async () => {
    const browser = shop.visitor();
    const product = await browser.visit('/products/footlight');
    for (const quantity of ['0', '-1', '1.5', 'many', '1000000000']) {
      const refused = await browser.press(product, 'Add to basket', { quantity });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('Enter a whole number of pieces');
    }
  });
});

describe('the pages', () => {
  const shop = sharedShop();

  it('allow no script but the shop’s own, and no frame', async () => {
    const browser = shop.visitor();
    const page = await browser.visit('/');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.markup).not.toMatch(/<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=/);
  });

  it('leave no session behind while somebody only looks around', async () => {
    const browser = shop.visitor();
    for (const path of [
      '/',
      '/?search=light',
      '/orders',
      '/nowhere',
      '/api/products',
      '/api/whoami',
    ]) {
      await browser.visit(path);
    }
    expect(browser.cookies.header(browser.url)).toBe('');
    expect((await browser.visit('/')).dock).toContain('none yet');
  });

  it('show a search as text', async () => {
    const browser = shop.visitor();
    const page = await browser.visit(
      `/?search=${encodeURIComponent('"><img src=x onerror=alert(1)>')}`,
    );
    expect(page.markup).not.toContain('<img');
    expect(page.text).toContain('Results for');
  });
});

describe('the static files', () => {
  const shop = sharedShop();

  it('may be kept for ever under the address the pages use, and nowhere else', async () => {
    const api = shop.script();
    const home = await api.get('/');
    const address = /href="(\/assets\/shop\.css\?v=[\w-]+)"/.exec(home.body)?.[1] ?? '';
    const styles = await api.get(address);
    expect(styles.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(styles.headers.get('content-type')).toContain('text/css');
    const other = await api.get('/assets/shop.css?v=old');
    expect(other.headers.get('cache-control')).toBe('public, max-age=60');
    expect((await api.get('/assets/..%2fpackage.json')).status).toBe(404);
  });
});
