import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createSessionClient,
  type SessionClient,
  type SessionClientOptions,
} from '../src/index.js';
import { nodeTransport } from '../src/node/index.js';
import { failureOf } from './harness.js';
import { type Fault, type ShopServer, startShopServer } from './shop-server.js';

let shop: ShopServer;
let client: SessionClient;

function makeClient(options: Partial<SessionClientOptions> = {}): SessionClient {
  return createSessionClient({
    baseUrl: shop.url,
    ...nodeTransport(),
    retry: { baseMs: 5 },
    ...options,
  });
}

const ordersSent = () => shop.seen.filter(({ path }) => path === '/api/orders');

beforeEach(async () => {
  shop = await startShopServer();
  client = makeClient();
});

afterEach(async () => {
  client.dispose();
  await shop.close();
});

describe('an order with a key is placed once', () => {
  const faults: Fault[] = [
    { kind: 'drop-before' },
    { kind: 'drop-after' },
    { kind: 'drop-during' },
    { kind: 'answer', status: 408, code: 'slow' },
    { kind: 'answer', status: 502, code: 'bad-gateway' },
    { kind: 'answer', status: 503, code: 'session-unavailable', retryAfter: '0' },
    { kind: 'answer', status: 503, code: 'session-unavailable' },
    { kind: 'answer', status: 504, code: 'commit-unknown' },
    { kind: 'answer', status: 429, code: 'quota-exceeded', retryAfter: '0' },
    { kind: 'answer', status: 409, code: 'idempotency-in-progress', retryAfter: '0' },
  ];
  test.each(faults)('through $kind $status $code', async (fault) => {
    await client.post('/api/orders', 'warm-up');
    const arrived = ordersSent().length;
    shop.faults.push(fault);

    const response = await client.post('/api/orders', 'book');

    expect(response).toMatchObject({ status: 201, attempts: 2, data: { id: 2 } });
    expect(shop.orders).toEqual(['warm-up', 'book']);
    const sent = ordersSent().slice(arrived);
    expect(sent.map(({ headers }) => headers['retry-attempt'])).toEqual([undefined, '1']);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('and its first outcome is given again when only the answer was lost', async () => {
    await client.post('/api/orders', 'warm-up');
    shop.faults.push({ kind: 'drop-after' });
    const { headers } = await client.post('/api/orders', 'book');
    expect(headers.get('idempotent-replayed')).toBe('true');
  });

  test('through one fault after another', async () => {
    await client.post('/api/orders', 'warm-up');
    shop.faults.push(
      { kind: 'drop-after' },
      { kind: 'answer', status: 504, code: 'commit-unknown' },
      { kind: 'drop-before' },
    );
    expect(await client.post('/api/orders', 'book')).toMatchObject({ status: 201, attempts: 4 });
    expect(shop.orders).toEqual(['warm-up', 'book']);
  });

  test('when the answer never comes and the attempt is given up', async () => {
    client = makeClient({ timeout: { attemptMs: 200 } });
    await client.post('/api/orders', 'warm-up');
    shop.faults.push({ kind: 'hang-after' });
    expect(await client.post('/api/orders', 'book')).toMatchObject({ status: 201, attempts: 2 });
    expect(shop.orders).toEqual(['warm-up', 'book']);
  });

  test('also when the key is the caller’s and the call is made twice', async () => {
    const idempotencyKey = 'order-4711';
    await client.post('/api/orders', 'book', { idempotencyKey });
    await client.post('/api/orders', 'book', { idempotencyKey });
    expect(shop.orders).toEqual(['book']);
  });

  test('as is each of many that run together through faults', async () => {
    await client.post('/api/orders', 'warm-up');
    const kinds = ['drop-before', 'drop-after', 'drop-during'] as const;
    shop.faults.push(...kinds.flatMap((kind) => [{ kind }, undefined, { kind }]));
    const books = Array.from({ length: 12 }, (_, index) => `book-${index}`);
    await Promise.all(books.map((book) => client.post('/api/orders', book)));
    expect(shop.orders.toSorted()).toEqual(['warm-up', ...books].toSorted());
  });
});

describe('an order without a key', () => {
  beforeEach(async () => {
    client = makeClient({ idempotency: 'manual' });
    await client.post('/api/orders', 'warm-up');
  });

  test.each<[Fault, string, number]>([
    [{ kind: 'drop-before' }, 'unknown', 1],
    [{ kind: 'drop-after' }, 'unknown', 2],
    [{ kind: 'drop-during' }, 'unknown', 2],
    [{ kind: 'answer', status: 503, code: 'session-unavailable' }, 'rejected', 1],
    [{ kind: 'answer', status: 504, code: 'commit-unknown' }, 'unknown', 1],
  ])('is not repeated after %o, and the outcome is %s', async (fault, outcome, orders) => {
    shop.faults.push(fault);
    const error = await failureOf(client.post('/api/orders', 'book'));
    expect(error).toMatchObject({ outcome, stoppedBy: 'not-repeatable', attempts: 1 });
    expect(shop.orders).toHaveLength(orders);
  });

  test('is repeated when the server says that nothing ran', async () => {
    shop.faults.push({ kind: 'answer', status: 503, code: 'session-unavailable', retryAfter: '0' });
    expect(await client.post('/api/orders', 'book')).toMatchObject({ attempts: 2 });
    expect(shop.orders).toEqual(['warm-up', 'book']);
  });
});

describe('a dead node', () => {
  test('is passed over for the next, which knows the key', async () => {
    const other = await startShopServer(shop);
    client = makeClient({ baseUrl: [shop.url, other.url] });
    await client.post('/api/orders', 'warm-up');
    shop.faults.push({ kind: 'drop-after' });
    expect(await client.post('/api/orders', 'book')).toMatchObject({ attempts: 2 });
    expect(shop.orders).toEqual(['warm-up', 'book']);
    expect(other.seen.map(({ path }) => path)).toEqual(['/api/orders']);
    await other.close();
  });

  test('refuses connections, so even a call without key goes on to the next', async () => {
    const dead = await startShopServer(shop);
    await dead.close();
    client = makeClient({ baseUrl: [dead.url, shop.url], idempotency: 'manual' });
    expect((await client.post('/api/orders', 'book')).status).toBe(201);
    expect(shop.orders).toEqual(['book']);
    expect(dead.seen).toEqual([]);
  });

  test('with no other left fails as not sent', async () => {
    const dead = await startShopServer(shop);
    await dead.close();
    client = makeClient({ baseUrl: dead.url, retry: { attempts: 2, baseMs: 1 } });
    const error = await failureOf(client.post('/api/orders', 'book'));
    expect(error).toMatchObject({ code: 'unreachable', outcome: 'not-sent', attempts: 2 });
    expect(client.state).toMatchObject({ reachable: false, status: 'unknown' });
  });
});

test('a form is repeated with the same bytes', async () => {
  await client.post('/api/orders', 'warm-up');
  const form = new FormData();
  form.set('name', 'Ada');
  shop.faults.push({ kind: 'drop-before' }, undefined);
  await client.post('/api/orders', form);
  const types = ordersSent()
    .slice(-2)
    .map(({ headers }) => headers['content-type']);
  expect(types[0]).toContain('boundary=');
  expect(types[0]).toBe(types[1]);
});
