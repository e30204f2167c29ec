import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createSessionClient,
  type SessionClient,
  type SessionClientOptions,
  SessionError,
} from '../src/index.js';
import { nodeTransport } from '../src/node/index.js';
import { type Fault, type ShopServer, startShopServer } from './shop-server.js';

let shop: ShopServer;
let client: SessionClient;

function makeClient(options: Partial<SessionClientOptions> = {}): SessionClient {
  return createSessionClient({
    baseUrl: shop.url,
    ...nodeTransport(),
    retry: { baseMs: 5 },
    random: Math.random,
    ...options,
  });
}

async function _failureOf(call: Promise<unknown>): Promise<SessionError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SessionError);
  return error as SessionError;
}

beforeEach(async () => {
  shop = await startShopServer();
  client = makeClient();
});

afterEach(async () => {
  client.dispose();
  await shop.close();
});

describe('an order whose answer is lost is placed once', () => {
  const faults: Fault[] = [
    { kind: 'drop-before' },
    { kind: 'drop-after' },
    { kind: 'drop-during' },
    { kind: 'answer', status: 502 },
    { kind: 'answer', status: 503, code: 'session-unavailable', retryAfter: '0' },
    { kind: 'answer', status: 503, code: 'session-unavailable' },
    { kind: 'answer', status: 504, code: 'commit-unknown' },
    { kind: 'answer', status: 409, code: 'idempotency-in-progress', retryAfter: '0' },
    { kind: 'answer', status: 403, code: 'csrf-invalid' },
  ];
  test.each(faults)('after $kind $status $code', async (fault) => {
    await client.post('/api/orders', 'warm-up');
    const arrived = shop.seen.length;
    shop.faults.push(fault);

    const response = await client.post('/api/orders', 'book');

    expect(response.status).toBe(201);
    expect(response.attempts).toBe(2);
    expect(shop.orders).toEqual(['warm-up', 'book']);
    const sent = shop.seen.slice(arrived).filter(({ path }) => path === '/api/orders');
    expect(sent.map(({ headers }) => headers['retry-attempt'])).toEqual([undefined, '1']);
    const keys = sent.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^"[!#-~]+"$/);
  });
});
