import { describe, expect, it } from 'vitest';
import { ADAPTERS, sharedShop } from './support/test-shop.js';

const SHOPPER = { username: 'shopper', password: 'shopper-demo-1' };

describe.each(ADAPTERS)('signing in, on %s', (adapter) => {
  const shop = sharedShop({ SHOP_ADAPTER: adapter });

  it('keeps the basket, changes the session id, and leads back to where one was', async () => {
    const browser = shop.visitor();
    await browser.press(await browser.visit('/products/footlight'), 'Add to basket');
    const before = browser.cookies.get('sid', browser.url);
    const form = await browser.visit('/sign-in?next=/cart');
    const cart = await browser.press(form, 'Sign in', SHOPPER);
    expect(cart.path).toBe('/cart');
    expect(cart.text).toContain('Shell footlight');
    expect(browser.cookies.get('sid', browser.url)).not.toBe(before);
    const account = await browser.visit('/account');
    expect(account.text).toContain('Signed in as shopper');
  });

  it('says how many attempts are left, and asks for patience after the last', async () => {
    const browser = shop.visitor();
    let page = await browser.visit('/sign-in');
    for (let left = 9; left >= 0; left -= 1) {
      page = await browser.press(page, 'Sign in', { username: 'mallory', password: 'wrong' });
      expect(page.status).toBe(401);
      expect(page.title).toMatch(/^Problem: Sign in/);
      expect(page.value('username')).toBe('mallory');
      expect(page.value('password')).toBe('');
      if (left > 1) expect(page.text).toContain(`${left} attempts are left.`);
    }
    const again = { username: 'Mallory', password: 'right, for all she knows' };
    const refused = await browser.press(page, 'Sign in', again);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headings).toEqual(['Too many requests']);
  }, 60_000);

  it('ends with signing out', async () => {
    const browser = shop.visitor();
    await browser.press(await browser.visit('/sign-in'), 'Sign in', SHOPPER);
    const account = await browser.visit('/account');
    const home = await browser.press(account, 'Sign out');
    expect(home.path).toBe('/');
    const refused = await browser.visit('/account');
    expect(refused.status).toBe(401);
    expect(refused.link('Sign in')).toBe('/sign-in');
    expect(refused.text).toContain('Sign in first');
  });

  it('works for programs', async () => {
    const api = shop.script();
    const wrong = await api.post('/api/login', { ...SHOPPER, password: 'wrong' });
    expect(wrong).toMatchObject({
      status: 401,
      body: { code: 'sign-in-refused', attemptsLeft: 9 },
    });
    const right = await api.post('/api/login', SHOPPER);
    expect(right.body).toEqual({ principal: { id: 'shopper', roles: ['customer'] } });
    expect(right.headers.get('ratelimit-policy')).toContain('sign-in-address');
    expect((await api.get('/api/whoami')).body.principal).toMatchObject({ id: 'shopper' });
    await api.refreshCsrfToken();
    expect((await api.post('/api/logout')).status).toBe(204);
    expect((await api.get('/api/whoami')).body.principal).toBeNull();
  });
});

describe('registering', () => {
  const shop = sharedShop();

  it('signs in, and gives what the visitor ordered to the account', async () => {
    const api = shop.script();
    await api.post('/api/cart/items', { sku: 'footlight' });
    const headers = { 'Idempotency-Key': 'k1' };
    const { body: order } = await api.post('/api/orders', {}, { headers });
    const credentials = { username: 'Ada', password: 'correct horse' };
    expect((await api.post('/api/register', credentials)).status).toBe(201);
    await api.refreshCsrfToken();
    await api.post('/api/logout');
    expect((await api.get('/api/orders')).body).toEqual([]);
    await api.refreshCsrfToken();
    await api.post('/api/login', credentials);
    expect((await api.get('/api/orders')).body).toEqual([order]);
  });

  it('explains on the page what a name and a password must be', async () => {
    const browser = shop.visitor();
    const form = await browser.visit('/register');
    const wrong = await browser.press(form, 'Create account', { username: '!', password: 'short' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Use 2 to 64 letters');
    expect(wrong.text).toContain('Use at least 8 characters');
    const taken = await browser.press(wrong, 'Create account', {
      username: 'Shopper',
      password: 'long enough',
    });
    expect(taken.status).toBe(409);
    expect(taken.text).toContain('This name is taken');
  });
});

describe('a way back after signing in', () => {
  const shop = sharedShop();

  it('never leads to another site', async () => {
    const browser = shop.visitor();
    const form = await browser.visit('/sign-in?next=//evil.example/');
    expect(form.value('next')).toBe('/account');
    const { action, fields } = form.form('Sign in');
    const page = await browser.send(action, {
      ...fields,
      ...SHOPPER,
      next: 'https://evil.example',
    });
    expect(page.path).toBe('/account');
  });
});

describe('somebody else signing in on the same browser', () => {
  const shop = sharedShop();

  it('finds nothing of the one before', async () => {
    const api = shop.script();
    await api.post('/api/login', SHOPPER);
    await api.refreshCsrfToken();
    await api.post('/api/cart/items', { sku: 'footlight' });
    await api.post('/api/login', { username: 'admin', password: 'admin-demo-1' });
    expect((await api.get('/api/cart')).body.items).toEqual([]);
    expect((await api.get('/api/whoami')).body.principal.roles).toEqual(['customer', 'admin']);
  });
});
