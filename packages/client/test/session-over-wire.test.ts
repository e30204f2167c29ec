import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSessionClient, type SessionClient } from '../src/index.js';
import { CookieJar, type NodeTransport, nodeTransport } from '../src/node/index.js';
import { failureOf } from './harness.js';
import { type ShopServer, startShopServer } from './shop-server.js';

let shop: ShopServer;
let transport: NodeTransport;
let client: SessionClient<{ id: string }>;

const requests = () => shop.seen.map(({ method, path }) => `${method} ${path}`);

beforeEach(async () => {
  shop = await startShopServer();
  transport = nodeTransport();
  client = createSessionClient({ baseUrl: shop.url, ...transport, retry: { baseMs: 5 } });
});

afterEach(async () => {
  client.dispose();
  await shop.close();
});

describe('a visitor', () => {
  test('without a session gets one, with its token, on the first change', async () => {
    await client.post('/api/orders', 'book');
    expect(requests()).toEqual(['POST /api/orders', 'GET /session?csrf=1', 'POST /api/orders']);
    await client.post('/api/orders', 'pen');
    expect(requests()).toHaveLength(4);
    expect((await client.get('/api/orders')).data).toEqual(['book', 'pen']);
  });

  test('is told from another by the jar', async () => {
    const other = createSessionClient({ baseUrl: shop.url, ...nodeTransport() });
    await client.post('/api/orders', 'mine');
    await other.post('/api/orders', 'theirs');
    expect((await client.get('/api/orders')).data).toEqual(['mine']);
    other.dispose();
  });

  test('stays the same over a restart with a saved jar', async () => {
    await client.post('/api/orders', 'book');
    const jar = CookieJar.fromJSON(JSON.parse(JSON.stringify(transport.jar)));
    const later = createSessionClient({ baseUrl: shop.url, ...nodeTransport({ jar }) });
    expect((await later.get('/api/orders')).data).toEqual(['book']);
    later.dispose();
  });
});

describe('a login that answers with a redirect', () => {
  test('leaves the cookies of the redirect in the jar', async () => {
    await client.post('/api/orders', 'book');
    const before = transport.jar.get('sid', shop.url);
    const response = await client.post('/api/login', { username: 'ada' });
    expect(response.url).toBe(`${shop.url}/api/orders`);
    expect(transport.jar.get('sid', shop.url)).not.toBe(before);
    expect(await client.refresh()).toMatchObject({
      status: 'authenticated',
      principal: { id: 'ada' },
    });
  });

  test('neither keeps the old token nor demands the old revision', async () => {
    await client.post('/api/orders', 'one');
    await client.post('/api/orders', 'two');
    await client.post('/api/login', { username: 'ada' });
    const { attempts } = await client.post('/api/orders', 'three');
    expect(attempts).toBe(1);
    expect(shop.seen.at(-1)?.headers['session-min-rev']).toBeUndefined();
  });

  test('is not followed when redirects are switched off', async () => {
    await client.post('/api/orders', 'book');
    const { fetch } = nodeTransport({ jar: transport.jar, maxRedirects: 0 });
    const token = transport.jar.get('sid-csrf', shop.url) ?? '';
    const headers = { 'x-csrf-token': token };
    const body = '{"username":"ada"}';
    const response = await fetch(`${shop.url}/api/login`, { method: 'POST', headers, body });
    expect(response.status).toBe(302);
  });
});

test('a circle of redirects ends', async () => {
  const { fetch } = nodeTransport({ maxRedirects: 3 });
  await expect(fetch(`${shop.url}/circle`, {})).rejects.toThrow('more than 3 redirects');
  expect(requests()).toHaveLength(4);
});

test('a redirect to a dead server is no proof that nothing ran', async () => {
  await client.post('/api/orders', 'warm-up');
  const dead = await startShopServer();
  await dead.close();
  const error = await failureOf(client.post('/api/away', dead.url, { idempotencyKey: false }));
  expect(error).toMatchObject({ code: 'connection-lost', outcome: 'unknown', attempts: 1 });
});

test.each([-1, 1.5, Number.NaN])('maxRedirects of %s is refused', (maxRedirects) => {
  expect(() => nodeTransport({ maxRedirects })).toThrow('option maxRedirects');
});

describe('a token that went stale', () => {
  test('costs one refusal, one question and one more request', async () => {
    await client.post('/api/orders', 'one');
    shop.rotateCsrfTokens();
    const arrived = shop.seen.length;
    const { attempts } = await client.post('/api/orders', 'two');
    expect(attempts).toBe(2);
    expect(requests().slice(arrived)).toEqual([
      'POST /api/orders',
      'GET /session?csrf=1',
      'POST /api/orders',
    ]);
    await client.post('/api/orders', 'three');
    expect(shop.orders).toEqual(['one', 'two', 'three']);
    expect(requests().slice(arrived)).toHaveLength(4);
  });
});

describe('a session that was ended', () => {
  test('is signed into again once, and the calls go through', async () => {
    let logins = 0;
    client = createSessionClient({
      baseUrl: shop.url,
      ...transport,
      onReauthenticate: async (context) => {
        logins += 1;
        transport.jar.clear();
        await context.client.post('/api/login', { username: 'ada' });
        return true;
      },
    });
    await client.post('/api/orders', 'before');
    shop.endSessions();
    await Promise.all([client.post('/api/orders', 'a'), client.post('/api/orders', 'b')]);
    expect(logins).toBe(1);
    expect(shop.orders.toSorted()).toEqual(['a', 'b', 'before']);
  });

  test('is reported as ended, and by nothing but the server', async () => {
    await client.post('/api/orders', 'before');
    await client.refresh();
    shop.endSessions();
    expect(await failureOf(client.get('/api/orders'))).toMatchObject({ code: 'session-ended' });
    expect(client.state).toMatchObject({ status: 'anonymous', endedBy: 'session-ended' });
  });
});

test('logout ends the session and leaves no cookie', async () => {
  await client.post('/api/orders', 'book');
  await client.logout();
  expect(transport.jar.header(shop.url)).toBe('');
  expect(client.state).toMatchObject({ status: 'anonymous', endedBy: 'logout', revision: null });
});
