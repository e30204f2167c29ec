import { describe, expect, it } from 'vitest';
import { JsonClient } from './support/json-client.js';
import { ADAPTERS, testShop } from './support/test-shop.js';

const OVER_HTTPS = { headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' } };

describe.each(ADAPTERS)('behind a balancer, on %s', (adapter) => {
  it('believes it that the browser came over https', async () => {
    const shop = await testShop({ SHOP_ADAPTER: adapter });
    const answer = await new JsonClient(shop.url).get('/session?csrf=1', OVER_HTTPS);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.some((cookie) => /^__Host-sid=.*; Secure/.test(cookie))).toBe(true);
  });

  it('believes nobody who is not among the trusted proxies', async () => {
    const shop = await testShop({ SHOP_ADAPTER: adapter, SHOP_TRUSTED_PROXIES: '192.0.2.1' });
    const answer = await new JsonClient(shop.url).get('/session?csrf=1', OVER_HTTPS);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.some((cookie) => cookie.startsWith('sid='))).toBe(true);
    expect(cookies.join()).not.toContain('__Host-');
  });

  it('counts attempts by the address the balancer names', async () => {
    const shop = await testShop({ SHOP_ADAPTER: adapter });
    const attempt = async (address: string) => {
      const call = { headers: { 'X-Forwarded-For': address } };
      const body = { username: 'mallory', password: 'wrong' };
      return (await new JsonClient(shop.url).post('/api/login', body, call)).body.attemptsLeft;
    };
    expect(await attempt('203.0.113.7')).toBe(9);
    expect(await attempt('203.0.113.7')).toBe(8);
    expect(await attempt('203.0.113.8')).toBe(9);
  });
});
