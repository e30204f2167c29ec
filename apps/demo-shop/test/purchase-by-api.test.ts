import { describe, expect, it } from 'vitest';
import type { JsonAnswer, JsonClient } from './support/json-client.js';
import { ADAPTERS, sharedShop } from './support/test-shop.js';

const STEPS = {
  contact: { name: 'Ada Lovelace', email: 'ada@example.org' },
  delivery: { street: '12 Row', postcode: 'W1 1AA', city: 'London', country: 'Ireland' },
  payment: { cardholder: 'Ada', cardNumber: '4111111111111111', expiry: '12/99', cvc: '123' },
};

describe.each(ADAPTERS)('a purchase by API, on %s', (adapter) => {
  const shop = sharedShop({ SHOP_ADAPTER: adapter });

  it('goes from an empty basket to an order', async () => {
    const api = shop.script();
    const products = await api.get('/api/products');
    const [first] = products.body;
    expect(products.body).toHaveLength(12);
    expect(first).toMatchObject({ sku: 'ghost-light', price: 8_900, currency: 'EUR' });

    const cart = await api.post('/api/cart/items', { sku: first.sku, quantity: 2 });
    expect(cart.body).toMatchObject({ total: 17_800, currency: 'EUR', quantity: 2 });

    const started = await api.post('/api/checkout');
    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({ step: 'contact', revision: 1, status: 'open' });
    const answered = await answerAll(api, started);
    expect(answered.body).toMatchObject({ step: 'review', revision: 4 });
    expect(JSON.stringify(answered.body)).not.toContain('4111111111111111');

    const path = `/api/checkout/${started.body.instance}`;
    const done = await api.post(`${path}/submit`, { revision: 4 });
    expect(done.body).toMatchObject({ status: 'done', order: { total: 17_800, placedBy: 'n1' } });
    const again = await api.post(`${path}/submit`, { revision: 4 });
    expect(again.body.order).toEqual(done.body.order);
    expect((await api.get('/api/cart')).body).toMatchObject({ items: [], total: 0 });
    expect((await api.get('/api/orders')).body).toEqual([done.body.order]);
  });

  it('orders a basket once per idempotency key', async () => {
    const api = shop.script();
    await api.post('/api/cart/items', { sku: 'footlight', quantity: 3 });
    const place = (key: string) =>
      api.post('/api/orders', {}, { headers: { 'Idempotency-Key': `"${key}"` } });
    const first = await place('one');
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ total: 16_800, items: [{ sku: 'footlight', quantity: 3 }] });
    const second = await place('one');
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await place('two')).body.code).toBe('cart-empty');
    expect((await api.get('/api/orders')).body).toHaveLength(1);
  });
});

describe('an idempotency key of an order', () => {
  const shop = sharedShop();

  it('takes nothing out of the basket twice, even after the session has forgotten it', async () => {
    const api = shop.script();
    const place = () => api.post('/api/orders', {}, { headers: { 'Idempotency-Key': 'order' } });
    await api.post('/api/cart/items', { sku: 'footlight', quantity: 1 });
    const { body: order } = await place();
    // The journal of a session holds 32 keys.
    for (let turn = 0; turn < 33; turn += 1) {
      const call = { headers: { 'Idempotency-Key': `add-${turn}` } };
      await api.post('/api/cart/items', { sku: 'footlight', quantity: 1 }, call);
    }
    const again = await place();
    expect(again.body).toEqual(order);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(quantities(await api.get('/api/cart'))).toEqual({ footlight: 33 });
  });
});

describe('the cart API', () => {
  const shop = sharedShop();

  it('adds, sets and removes', async () => {
    const api = shop.script();
    await api.post('/api/cart/items', { sku: 'stopwatch', quantity: 1 });
    const added = await api.post('/api/cart/items', { sku: 'stopwatch', quantity: 2 });
    expect(quantities(added)).toEqual({ stopwatch: 3 });
    const set = await api.send('PATCH', '/api/cart/items/stopwatch', { body: { quantity: 5 } });
    expect(quantities(set)).toEqual({ stopwatch: 5 });
    const removed = await api.send('DELETE', '/api/cart/items/stopwatch');
    expect(quantities(removed)).toEqual({});
    expect(quantities(await api.get('/api/cart'))).toEqual({});
  });

  it('counts every one of many parallel additions, also the very first ones', async () => {
    const api = shop.script();
    await api.csrfToken();
    const additions = Array.from({ length: 20 }, (_, turn) =>
      api.post('/api/cart/items', {
        sku: turn % 2 === 0 ? 'stopwatch' : 'footlight',
        quantity: 1,
      }),
    );
    for (const { status } of await Promise.all(additions)) expect(status).toBe(200);
    const cart = await api.get('/api/cart');
    expect(quantities(cart)).toEqual({ stopwatch: 10, footlight: 10 });
  });

  it('adds once for one idempotency key', async () => {
    const api = shop.script();
    const call = { headers: { 'Idempotency-Key': 'add-1' } };
    const body = { sku: 'stopwatch', quantity: 2 };
    const first = await api.post('/api/cart/items', body, call);
    const second = await api.post('/api/cart/items', body, call);
    expect(second.body).toEqual(first.body);
    expect(quantities(await api.get('/api/cart'))).toEqual({ stopwatch: 2 });
  });

  it('answers in the currency that was chosen', async () => {
    const api = shop.script();
    await api.post('/api/cart/items', { sku: 'stopwatch', quantity: 2 });
    await api.put('/api/preferences', { currency: 'JPY' });
    const cart = await api.get('/api/cart');
    expect(cart.body).toMatchObject({ total: 16_640, currency: 'JPY', totalText: '¥16,640' });
  });
});

describe('the preferences API', () => {
  const shop = sharedShop();

  it('changes each key on its own', async () => {
    const api = shop.script();
    await api.csrfToken();
    const changes = [{ theme: 'dark' }, { currency: 'GBP' }, { language: 'de' }];
    await Promise.all(changes.map((change) => api.put('/api/preferences', change)));
    const preferences = await api.get('/api/preferences');
    expect(preferences.body).toEqual({ theme: 'dark', currency: 'GBP', language: 'de' });
  });
});

describe('the checkout API', () => {
  const shop = sharedShop();

  it('answers an old revision with the state as it is now', async () => {
    const api = shop.script();
    const { body: started } = await api.post('/api/checkout');
    const path = `/api/checkout/${started.instance}/contact`;
    await api.put(path, { revision: 1, ...STEPS.contact });
    const late = await api.put(path, { revision: 1, ...STEPS.contact });
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({
      type: 'urn:understudy:wizard-conflict',
      state: { step: 'delivery', revision: 2, answers: { contact: STEPS.contact } },
    });
  });

  it('keeps a draft without validating it', async () => {
    const api = shop.script();
    const { body: started } = await api.post('/api/checkout');
    const path = `/api/checkout/${started.instance}`;
    const draft = await api.put(`${path}/contact?draft=1`, { revision: 1, name: 'A' });
    expect(draft.body).toMatchObject({
      step: 'contact',
      revision: 2,
      drafts: { contact: { name: 'A' } },
    });
    expect((await api.get(path)).body).toEqual(draft.body);
  });

  it('keeps nothing of a card but its owner and the last four digits', async () => {
    const api = shop.script();
    const started = await api.post('/api/checkout');
    const path = `/api/checkout/${started.body.instance}`;
    const { body: answered } = await answerAll(api, started);
    expect(answered.answers.payment).toEqual({ cardholder: 'Ada', lastFour: '1111' });
    const draft = { revision: answered.revision, ...STEPS.payment, cardholder: 'Bob' };
    const { body: drafted } = await api.put(`${path}/payment?draft=1`, draft);
    expect(drafted.drafts.payment).toEqual({ cardholder: 'Bob' });
  });

  it('says which field is wrong, and which fields a step has', async () => {
    const api = shop.script();
    const { body: started } = await api.post('/api/checkout');
    expect(started.steps[0]).toMatchObject({ name: 'contact', fields: ['name', 'email'] });
    const wrong = await api.put(`/api/checkout/${started.instance}/contact`, { revision: 1 });
    expect(wrong.status).toBe(400);
    const paths = wrong.body.issues.map(({ path }: { path: string }) => path);
    expect(new Set(paths)).toEqual(new Set(['name', 'email']));
    expect(wrong.body.state.revision).toBe(2);
  });

  it('orders nothing from an empty basket, and goes on once there is something', async () => {
    const api = shop.script();
    const started = await api.post('/api/checkout');
    const { body: answered } = await answerAll(api, started);
    const path = `/api/checkout/${started.body.instance}/submit`;
    const refused = await api.post(path, { revision: answered.revision });
    expect(refused).toMatchObject({ status: 409, body: { reason: 'cart-empty' } });
    await api.post('/api/cart/items', { sku: 'footlight' });
    const done = await api.post(path, { revision: answered.revision });
    expect(done.body.order.total).toBe(5_600);
  });

  it('refuses a step whose predecessors are open', async () => {
    const api = shop.script();
    const { body: started } = await api.post('/api/checkout');
    const path = `/api/checkout/${started.instance}/payment`;
    const early = await api.put(path, { revision: 1, ...STEPS.payment });
    expect(early).toMatchObject({ status: 409, body: { code: 'wizard-refused', step: 'contact' } });
  });
});

async function answerAll(api: JsonClient, started: JsonAnswer): Promise<JsonAnswer> {
  let answer = started;
  for (const [step, fields] of Object.entries(STEPS)) {
    const path = `/api/checkout/${started.body.instance}/${step}`;
    answer = await api.put(path, { revision: answer.body.revision, ...fields });
    expect(answer.status).toBe(200);
  }
  return answer;
}

function quantities({ body }: JsonAnswer): Record<string, number> {
  const items = body.items as { sku: string; quantity: number }[];
  return Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]));
}
