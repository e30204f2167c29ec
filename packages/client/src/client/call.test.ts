import { describe, expect, test } from 'vitest';
import { createHarness, failureOf } from '../../test/harness.js';
import { brokenConnection, json, problem } from '../../test/scripted-fetch.js';

const unavailable = (retryAfter: string) =>
  problem(503, 'session-unavailable', { 'retry-after': retryAfter });

describe('a call', () => {
  test('answers with data, status, headers and what it took', async () => {
    const info = 'node="n2", rev="1.7", exp=60, copies=1';
    const { client, sent } = createHarness([json({ total: 3 }, { 'session-info': info })]);

    const response = await client.get('/api/cart');

    expect(response).toMatchObject({
      data: { total: 3 },
      status: 200,
      url: 'https://shop.test/api/cart',
      attempts: 1,
      session: { node: 'n2', rev: '1.7', exp: 60, copies: 1 },
    });
    expect(response.headers.get('session-info')).toBe(info);
    expect(sent[0]).toMatchObject({ method: 'GET', url: 'https://shop.test/api/cart' });
    expect(sent[0]?.headers.get('accept')).toBe('application/json');
  });

  test('gives its data alone through json()', async () => {
    const { client } = createHarness([json([1, 2])]);
    expect(await client.get('/x').json<number[]>()).toEqual([1, 2]);
  });

  test.each([
    ['text', new Response('plain'), 'plain'],
    ['nothing', new Response(null, { status: 204 }), undefined],
    [
      'JSON of another type',
      new Response('{"a":1}', { headers: { 'content-type': 'application/vnd.x+json' } }),
      { a: 1 },
    ],
  ])('reads %s', async (_what, response, data) => {
    const { client } = createHarness([response]);
    expect((await client.get('/x')).data).toEqual(data);
  });

  test('leaves reading to parse, when given', async () => {
    const { client } = createHarness([new Response('a,b')]);
    const parse = async (response: Response) => (await response.text()).split(',');
    expect((await client.get('/x', { parse })).data).toEqual(['a', 'b']);
  });

  test("cannot leave the base URL's host", async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.get('//evil.test/x');
    await client.get('https://evil.test/x');
    expect(sent.map(({ url }) => new URL(url).origin)).toEqual([
      'https://shop.test',
      'https://shop.test',
    ]);
  });

  test('lets its own headers be replaced', async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.post('/x', '<a/>', {
      headers: { Accept: 'text/xml', 'Content-Type': 'text/xml' },
    });
    expect(sent[0]?.headers.get('accept')).toBe('text/xml');
    expect(sent[0]?.headers.get('content-type')).toBe('text/xml');
  });

  test('says when it is not the user', async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.get('/news', { passive: true });
    await client.get('/cart');
    expect(sent.map(({ headers }) => headers.get('session-passive'))).toEqual(['?1', null]);
  });
});

describe('the idempotency key', () => {
  test('is made before the first attempt, quoted, and used for all of them', async () => {
    const { client, clock, sent } = createHarness([
      brokenConnection(),
      unavailable('0'),
      json({ id: 1 }),
    ]);
    await clock.drive(client.post('/orders', { sku: 'a' }));
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^"[!#-[\]-~]{1,255}"$/);
    expect(new Set(keys)).toEqual(new Set([keys[0]]));
    expect(sent.map(({ headers }) => headers.get('retry-attempt'))).toEqual([null, '1', '2']);
    expect(new Set(sent.map(({ body }) => body))).toEqual(new Set(['{"sku":"a"}']));
  });

  test('is another one for each call, and none for a safe one', async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.post('/a');
    await client.put('/a');
    await client.patch('/a');
    await client.delete('/a');
    await client.get('/a');
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys.slice(0, 4)).size).toBe(4);
    expect(keys[4]).toBeNull();
  });

  test('may be the caller’s', async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.post('/orders', {}, { idempotencyKey: 'order-17' });
    expect(sent[0]?.headers.get('idempotency-key')).toBe('"order-17"');
  });

  test('is left to the caller in manual mode', async () => {
    const { client, sent } = createHarness([json(1)], { idempotency: 'manual' });
    await client.post('/a');
    await client.post('/a', {}, { idempotencyKey: 'k' });
    expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual([null, '"k"']);
  });

  test('is missed when an answer is lost: the call fails as unknown, and is not repeated', async () => {
    const { client, sent } = createHarness([brokenConnection()], { idempotency: 'manual' });
    const error = await failureOf(client.post('/orders'));
    expect(error).toMatchObject({
      code: 'connection-lost',
      outcome: 'unknown',
      stoppedBy: 'not-repeatable',
      attempts: 1,
    });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(1);
  });
});

describe('waiting', () => {
  test('honours Retry-After and spreads beyond it, never before', async () => {
    const { client, clock, sent } = createHarness([unavailable('2'), json(1)]);
    const call = client.post('/orders');
    await clock.advance(1999);
    expect(sent).toHaveLength(1);
    await clock.advance(1001);
    expect(sent).toHaveLength(2);
    await call;
    expect(clock.pending).toBe(0);
  });

  test('fails at once when Retry-After is beyond patience, and says for how long', async () => {
    const { client, sent } = createHarness([unavailable('60')]);
    expect(await failureOf(client.get('/x'))).toMatchObject({
      code: 'session-unavailable',
      status: 503,
      retryAfterMs: 60_000,
      stoppedBy: 'retry-after',
      outcome: 'not-sent',
    });
    expect(sent).toHaveLength(1);
  });

  test('never starts a repetition that cannot finish', async () => {
    const { client, clock, sent } = createHarness([unavailable('6')], {
      timeout: { totalMs: 6000 },
    });
    const error = await clock.drive(failureOf(client.get('/x')));
    expect(error.stoppedBy).toBe('deadline');
    expect(sent).toHaveLength(1);
  });

  test('ends with the attempts', async () => {
    const { client, clock, sent } = createHarness([problem(502, 'bad-gateway')]);
    const error = await clock.drive(failureOf(client.get('/x')));
    expect(error).toMatchObject({ stoppedBy: 'attempts', attempts: 5, outcome: 'unknown' });
    expect(sent).toHaveLength(5);
  });

  test('ends with the budget, which all calls share and success refills', async () => {
    let isDown = true;
    const answer = () => (isDown ? problem(502, 'bad-gateway') : json(1));
    const { client, clock, sent } = createHarness([answer], {
      retry: { budget: { max: 3, ratio: 0.5 } },
    });
    const errors = [];
    for (let call = 0; call < 10; call += 1) {
      errors.push(await clock.drive(failureOf(client.get('/x'))));
    }
    expect(sent).toHaveLength(13);
    expect(errors.at(-1)).toMatchObject({ stoppedBy: 'budget', attempts: 1 });
    isDown = false;
    await client.get('/x');
    await client.get('/x');
    isDown = true;
    const before = sent.length;
    await clock.drive(failureOf(client.get('/x')));
    expect(sent.length - before).toBe(2);
  });

  test('is switched off with retry: false, except for the CSRF replay', async () => {
    const { client } = createHarness([unavailable('0')], { retry: false });
    expect(await failureOf(client.get('/x'))).toMatchObject({ stoppedBy: 'attempts', attempts: 1 });
  });
});

describe('deadlines', () => {
  test('an attempt without answer is given up and, with a key, repeated', async () => {
    const { client, clock, sent } = createHarness(['silence', json('late')], {
      timeout: { attemptMs: 1000 },
    });
    const call = client.post('/orders');
    await clock.advance(999);
    expect(sent).toHaveLength(1);
    expect((await clock.drive(call)).data).toBe('late');
    expect(clock.pending).toBe(0);
  });

  test('the total deadline ends the last attempt', async () => {
    const { client, clock } = createHarness(['silence'], {
      timeout: { attemptMs: 1000, totalMs: 2500 },
    });
    const startedMs = clock.now();
    const error = await clock.drive(failureOf(client.post('/orders')));
    expect(error).toMatchObject({ code: 'timeout', outcome: 'unknown', stoppedBy: 'deadline' });
    expect(clock.now() - startedMs).toBeLessThanOrEqual(2500);
  });

  test('a body that stops half-way is as good as no answer', async () => {
    const half = () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"a":'));
          controller.error(new TypeError('terminated'));
        },
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    };
    const { client, clock } = createHarness([half, json({ a: 1 })]);
    const response = await clock.drive(client.post('/orders'));
    expect(response).toMatchObject({ data: { a: 1 }, attempts: 2 });
  });

  test('can be set for a single call', async () => {
    const { client, clock } = createHarness(['silence']);
    const startedMs = clock.now();
    const call = client.get('/x', { timeout: { attemptMs: 10, totalMs: 10 } });
    await clock.drive(failureOf(call));
    expect(clock.now() - startedMs).toBe(10);
  });
});

describe('an abort', () => {
  test('before sending leaves nothing sent', async () => {
    const { client, sent } = createHarness([json(1)]);
    const signal = AbortSignal.abort(new Error('changed my mind'));
    const error = await failureOf(client.post('/orders', {}, { signal }));
    expect(error).toMatchObject({ code: 'aborted', outcome: 'not-sent', attempts: 0 });
    expect(sent).toHaveLength(0);
  });

  test('of an attempt leaves its effect unknown', async () => {
    const { client, clock } = createHarness(['silence']);
    const controller = new AbortController();
    const failure = failureOf(client.post('/orders', {}, { signal: controller.signal }));
    await clock.advance(10);
    controller.abort('stop');
    expect(await failure).toMatchObject({ code: 'aborted', outcome: 'unknown', attempts: 1 });
    expect(client.state.reachable).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('of a wait ends it, keeps what was known, and leaves no timer', async () => {
    const { client, clock, sent } = createHarness([unavailable('5')]);
    const controller = new AbortController();
    const failure = failureOf(client.post('/orders', {}, { signal: controller.signal }));
    await clock.advance(10);
    controller.abort('stop');
    expect(await failure).toMatchObject({ code: 'aborted', outcome: 'not-sent', cause: 'stop' });
    expect(sent).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('is what dispose() does to all calls, and to all later ones', async () => {
    const { client, clock, sent } = createHarness(['silence']);
    const failures = [failureOf(client.get('/a')), failureOf(client.get('/b'))];
    await clock.advance(1);
    client.dispose();
    client.dispose();
    for (const failure of failures) expect(await failure).toMatchObject({ code: 'aborted' });
    expect(await failureOf(client.get('/c'))).toMatchObject({ code: 'aborted', attempts: 0 });
    expect(sent).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  test('ties nothing to a signal that outlives the call', async () => {
    const { client } = createHarness([json(1)]);
    const { signal } = new AbortController();
    const counts = { added: 0, removed: 0 };
    const counted: AbortSignal = new Proxy(signal, {
      get(target, name) {
        if (name === 'addEventListener') counts.added += 1;
        if (name === 'removeEventListener') counts.removed += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await client.get('/x', { signal: counted });
    expect(counts.removed).toBe(counts.added);
  });
});

describe('what a failure tells', () => {
  test('names the problem, the node and the outcome', async () => {
    const { client } = createHarness([
      problem(409, 'wizard-conflict', { 'session-info': 'node="n3", rev="1.9"' }),
    ]);
    const error = await failureOf(client.put('/checkout/1/contact', {}));
    expect(error).toMatchObject({
      name: 'SessionError',
      code: 'wizard-conflict',
      status: 409,
      node: 'n3',
      outcome: 'rejected',
      message: 'PUT /checkout/1/contact: wizard-conflict',
    });
    expect(error.problem).toMatchObject({ title: 'wizard-conflict' });
  });

  test('has a code for an answer that is no problem', async () => {
    const { client } = createHarness([new Response('<h1>Teapot</h1>', { status: 418 })]);
    expect(await failureOf(client.get('/x'))).toMatchObject({
      code: 'http-418',
      problem: undefined,
    });
  });

  test('tells a broken text from a broken connection', async () => {
    const headers = { 'content-type': 'application/json' };
    const { client, sent } = createHarness([new Response('{oops', { headers })]);
    const error = await failureOf(client.post('/orders'));
    expect(error).toMatchObject({ code: 'invalid-response', outcome: 'unknown', status: 200 });
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(sent).toHaveLength(1);
  });

  test('stays unknown when the repetitions after a lost answer are refused at the door', async () => {
    const { client, clock } = createHarness([brokenConnection(), unavailable('40')]);
    expect(await clock.drive(failureOf(client.post('/orders')))).toMatchObject({
      code: 'session-unavailable',
      outcome: 'unknown',
      attempts: 2,
    });
  });

  test('never repeats a stream', async () => {
    const { client, sent } = createHarness([brokenConnection()]);
    const body = new Blob(['big']).stream();
    expect(await failureOf(client.post('/upload', body))).toMatchObject({
      stoppedBy: 'not-repeatable',
      outcome: 'unknown',
    });
    expect(sent).toHaveLength(1);
  });
});

describe('several base URLs', () => {
  const baseUrl = ['https://a.test', 'https://b.test/', 'https://c.test'];
  const hosts = (sent: readonly { url: string }[]) => sent.map(({ url }) => new URL(url).host);

  test('are gone through while connections fail, and the one that works is kept', async () => {
    const { client, clock, sent } = createHarness(
      [brokenConnection(), brokenConnection(), json(1)],
      {
        baseUrl,
      },
    );
    await clock.drive(client.post('/x'));
    await client.get('/y');
    expect(hosts(sent)).toEqual(['a.test', 'b.test', 'c.test', 'c.test']);
  });

  test('are not left because of an answer', async () => {
    const { client, clock, sent } = createHarness([problem(502, 'x'), json(1)], { baseUrl });
    await clock.drive(client.get('/x'));
    expect(hosts(sent)).toEqual(['a.test', 'a.test']);
  });

  test('are left by parallel calls once, not once for each', async () => {
    const { client, clock, sent } = createHarness(
      [({ url }) => (url.includes('a.test') ? brokenConnection() : json(1))],
      { baseUrl },
    );
    await clock.drive(Promise.all([client.get('/1'), client.get('/2'), client.get('/3')]));
    const [a, b] = ['a.test', 'b.test'];
    expect(hosts(sent)).toEqual([a, a, a, b, b, b]);
  });

  test('are followed at once, and once, when a node says 421', async () => {
    const { client, clock, sent } = createHarness([problem(421, 'misdirected')], { baseUrl });
    const startedMs = clock.now();
    const error = await clock.drive(failureOf(client.post('/x')));
    expect(hosts(sent)).toEqual(['a.test', 'b.test']);
    expect(clock.now()).toBe(startedMs);
    expect(error).toMatchObject({ status: 421, outcome: 'not-sent', stoppedBy: 'not-repeatable' });
  });
});
