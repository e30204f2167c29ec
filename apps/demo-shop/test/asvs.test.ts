import { createSessionClient } from '@understudy/client';
import { nodeTransport } from '@understudy/client/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ShownPage } from './support/browser.js';
import { ADAPTERS, sharedShop } from './support/test-shop.js';

const SHOPPER = { username: 'shopper', password: 'shopper-demo-1' };

/** Where a page can leave something behind in a browser, cookies apart. */
const STORAGES = ['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore'] as const;

afterEach(() => vi.unstubAllGlobals());

/** Notes every use of what browsers store things in. */
function watchStorages(): string[] {
  const uses: string[] = [];
  for (const name of STORAGES) {
    const note = (_target: object, property: string | symbol) => {
      uses.push(`${name}.${String(property)}`);
      return () => undefined;
    };
    const noteChange = (_target: object, property: string | symbol) => {
      uses.push(`${name}.${String(property)} =`);
      return true;
    };
    vi.stubGlobal(name, new Proxy({}, { get: note, set: noteChange }));
  }
  return uses;
}

function localLinks({ markup }: ShownPage): string[] {
  return [...markup.matchAll(/<a\b[^>]*\bhref="(\/[^"#]*)"/g)].map(([, path = '']) => path);
}

describe.each(ADAPTERS)('the pages of the shop, on %s', (adapter) => {
  const shop = sharedShop({ SHOP_ADAPTER: adapter });

  it('each offer to sign out to who is signed in, and it works (ASVS 7.4.4)', async () => {
    const browser = shop.visitor();
    await browser.press(await browser.visit('/products/footlight'), 'Add to basket');
    const first = await browser.press(await browser.visit('/sign-in'), 'Sign in', SHOPPER);
    const checkout = await browser.press(await browser.visit('/cart'), 'Check out');
    const toVisit = new Set([first.path, checkout.path, '/account', '/orders', '/no-such-page']);
    // A set that grows while it is walked: every page that a page links to.
    for (const path of toVisit) {
      const page = await browser.visit(path);
      if (!page.headers.get('content-type')?.startsWith('text/html')) continue;
      expect(page.form('Sign out').action, path).toBe('/sign-out');
      for (const link of localLinks(page)) if (toVisit.size < 60) toVisit.add(link);
    }
    expect([...toVisit]).toEqual(
      expect.arrayContaining(['/', '/cart', '/account', '/preferences']),
    );
    const old = browser.cookies.get('sid', browser.url) as string;
    await browser.press(await browser.visit('/orders'), 'Sign out');
    expect((await browser.visit('/account')).status).toBe(401);
    const replayed = await fetch(`${browser.url}/account`, { headers: { cookie: `sid=${old}` } });
    expect(replayed.status).toBe(401);
  });

  it('have no script that stores anything in the browser (ASVS 14.3.3)', async () => {
    const browser = shop.visitor();
    await browser.press(await browser.visit('/sign-in'), 'Sign in', SHOPPER);
    const scripts = new Set<string>();
    for (const path of ['/', '/cart', '/account', '/orders', '/preferences']) {
      const { markup } = await browser.visit(path);
      for (const [, source = ''] of markup.matchAll(/<script\b[^>]*\bsrc="([^"]+)"/g)) {
        scripts.add(source);
      }
      expect(markup).not.toMatch(new RegExp(STORAGES.join('|')));
    }
    expect(scripts.size).toBeGreaterThan(0);
    for (const script of scripts) {
      const { status, markup } = await browser.visit(script);
      expect(status).toBe(200);
      expect(markup).not.toMatch(new RegExp(`${STORAGES.join('|')}|document\\.cookie\\s*=[^=]`));
    }
  });

  it('are used by a client that stores nothing and shows no id (ASVS 14.3.3)', async () => {
    const uses = watchStorages();
    const transport = nodeTransport();
    const { url } = shop.visitor();
    const client = createSessionClient({ baseUrl: url, ...transport });
    await client.post('/api/cart/items', { sku: 'footlight' });
    await client.post('/api/login', SHOPPER);
    const state = await client.refresh();
    const id = transport.jar.get('sid', url)?.split('.')[0] as string;
    expect(id).toHaveLength(43);
    expect(state.status).toBe('authenticated');
    expect(JSON.stringify([client, client.state, state])).not.toContain(id);
    await client.post('/api/logout');
    client.dispose();
    expect(uses).toEqual([]);
    // The control: a use would have been seen.
    localStorage.setItem('a', 'b');
    expect(uses).toEqual(['localStorage.setItem']);
  });
});
