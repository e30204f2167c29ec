import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { type Ask, ask, routeCookie } from './support/client.js';
import { refusingUrl, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const toA = { cookie: routeCookie('a', 'b') };

/** A node that takes the whole request and then cuts the connection without an answer. */
async function nodeThatDiesAfterReading() {
  let requests = 0;
  const node = await startRawNode((socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const [head = '', body] = text.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (body === undefined || body.length < length) return;
      requests++;
      socket.resetAndDestroy();
    });
  });
  return { ...node, label: 'a', requests: () => requests };
}

describe('a node that refuses connections', () => {
  test.each<[string, Ask]>([
    ['GET', { headers: toA }],
    ['POST without a key', { method: 'POST', body: 'x=1', headers: toA }],
    ['PATCH without a key', { method: 'PATCH', body: 'x=1', headers: toA }],
  ])('%s goes to the backup at once, which learns who failed', async (_name, options) => {
    const b = closeAfterTest(await startNode('b'));
    const c = closeAfterTest(await startNode('c'));
    const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b, c]);
    const answer = await ask(balancer.url, options);
    expect(answer).toMatchObject({ status: 200, body: 'b' });
    expect(b.seen[0]?.body).toBe(options.body ?? '');
    expect(b.seen[0]?.rawHeaders).toContain('X-Understudy-Failed-Node');
    expect(b.seen[0]?.rawHeaders).toContain('a');
  });

  test('it is suspect from the first refusal, so that the next request does not try it', async () => {
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b]);
    await ask(balancer.url, { headers: toA });
    expect(balancer.fleet.byLabel('a')?.availability).toBe('suspect');
    await ask(balancer.url, { headers: toA });
    expect(balancer.counters.retries.get('unreachable')).toBe(1);
  });

  test('when every node refuses, the answer is 503 with Retry-After: nothing ran', async () => {
    const urls = [await refusingUrl(), await refusingUrl()];
    const balancer = await balance(urls.map((url, index) => ({ label: `n${index}`, url })));
    const answer = await ask(balancer.url, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:understudy:no-node-available',
      status: 503,
    });
  });
});

describe('a node that dies after it has read the request', () => {
  test.each<[string, Ask]>([
    ['GET', { headers: toA }],
    ['PUT', { method: 'PUT', body: 'x=1', headers: toA }],
    ['DELETE', { method: 'DELETE', headers: toA }],
    [
      'POST with a key',
      { method: 'POST', body: 'x', headers: { ...toA, 'Idempotency-Key': '"k"' } },
    ],
  ])('%s is repeated on the backup', async (_name, options) => {
    const a = closeAfterTest(await nodeThatDiesAfterReading());
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b]);
    expect(await ask(balancer.url, options)).toMatchObject({ status: 200, body: 'b' });
    expect(a.requests()).toBe(1);
    expect(b.seen).toHaveLength(1);
    expect(b.seen[0]?.body).toBe(options.body ?? '');
  });

  test('POST without a key is not repeated: 502 that says its fate is unknown', async () => {
    const a = closeAfterTest(await nodeThatDiesAfterReading());
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b]);
    const answer = await ask(balancer.url, { method: 'POST', body: 'x', headers: toA });
    expect(answer.status).toBe(502);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:understudy:upstream-lost',
      reason: 'connection-lost',
    });
    expect(b.seen).toHaveLength(0);
  });

  test('a key that the client hides from the node does not make a POST repeatable', async () => {
    const a = closeAfterTest(await nodeThatDiesAfterReading());
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b]);
    const answer = await ask(balancer.url, {
      method: 'POST',
      body: 'x',
      headers: { ...toA, 'Idempotency-Key': '"k"', Connection: 'close, Idempotency-Key' },
    });
    expect(answer.status).toBe(502);
    expect(b.seen).toHaveLength(0);
  });

  test('a body above 64 KiB was passed on as it came and cannot be repeated', async () => {
    const a = closeAfterTest(await nodeThatDiesAfterReading());
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b]);
    const body = 'x'.repeat(200_000);
    const answer = await ask(balancer.url, { method: 'PUT', body, headers: toA });
    expect(answer.status).toBe(502);
    expect(b.seen).toHaveLength(0);
  });

  test('a small body of unknown length is repeated all the same', async () => {
    const a = closeAfterTest(
      await startRawNode((socket) => {
        socket.on('data', (chunk) => {
          if (chunk.toString('latin1').includes('small')) socket.resetAndDestroy();
        });
      }),
    );
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([{ label: 'a', url: a.url }, b]);
    const headers = { ...toA, 'Transfer-Encoding': 'chunked' };
    const answer = await ask(balancer.url, { method: 'PUT', body: 'small', headers });
    expect(answer.body).toBe('b');
    expect(b.seen[0]?.body).toBe('small');
  });
});

describe('when one node after another dies', () => {
  test('the first repetition is free, further ones are bounded', async () => {
    const a = closeAfterTest(await nodeThatDiesAfterReading());
    const b = closeAfterTest(await nodeThatDiesAfterReading());
    const held: { end(text: string): unknown }[] = [];
    const c = closeAfterTest(await startNode('c', (_request, response) => held.push(response)));
    const balancer = await balance([a, { ...b, label: 'b' }, c], {
      limits: { retryFloor: 1, retryRatio: 0 },
    });
    const headers = { cookie: routeCookie('a', 'b', 'c') };
    const first = ask(balancer.url, { headers });
    await until('the first is at its third node', () => held.length === 1);
    expect((await ask(balancer.url, { headers })).status).toBe(502);
    held[0]?.end('done');
    expect((await first).body).toBe('done');
    const third = ask(balancer.url, { headers });
    await until('there is room again', () => held.length === 2);
    held[1]?.end('done');
    expect((await third).status).toBe(200);
  });
});

describe('a response that has begun', () => {
  test('is never repeated: the client sees it cut', async () => {
    const a = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
          setImmediate(() => socket.resetAndDestroy());
        });
      }),
    );
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([{ label: 'a', url: a.url }, b]);
    await expect(ask(balancer.url, { headers: toA })).rejects.toThrow();
    expect(b.seen).toHaveLength(0);
    expect(balancer.counters.truncated).toBe(1);
  });
});

describe('a node that says the session is not its own', () => {
  async function nodeThatSaysNotMine(label: string, owner: string) {
    return startNode(label, (_request, response) => {
      response.writeHead(421, { 'X-Understudy-Not-Mine': owner });
      response.end('not mine');
    });
  }

  test('the named node is asked once, POST included, and the client sees its answer', async () => {
    const a = closeAfterTest(await nodeThatSaysNotMine('a', 'c'));
    const c = closeAfterTest(await startNode('c'));
    const balancer = await balance([a, c]);
    const answer = await ask(balancer.url, { method: 'POST', body: 'x', headers: toA });
    expect(answer).toMatchObject({ status: 200, body: 'c' });
    expect(c.seen[0]?.body).toBe('x');
    expect(c.seen[0]?.rawHeaders).not.toContain('X-Understudy-Failed-Node');
  });

  test('two nodes that point elsewhere end in 503, never in a 421 or a loop', async () => {
    const a = closeAfterTest(await nodeThatSaysNotMine('a', 'b'));
    const b = closeAfterTest(await nodeThatSaysNotMine('b', 'c'));
    const c = closeAfterTest(await startNode('c'));
    const balancer = await balance([a, b, c]);
    const answer = await ask(balancer.url, { headers: toA });
    expect(answer.status).toBe(503);
    expect(answer.headers).not.toHaveProperty('x-understudy-not-mine');
    expect(c.seen).toHaveLength(0);
  });

  test('an unknown label ends in 503', async () => {
    const a = closeAfterTest(await nodeThatSaysNotMine('a', 'nobody'));
    const balancer = await balance([a]);
    expect((await ask(balancer.url, { headers: toA })).status).toBe(503);
  });

  test('a 421 of the application itself is passed on', async () => {
    const a = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.writeHead(421);
        response.end('wrong host');
      }),
    );
    const balancer = await balance([a]);
    expect(await ask(balancer.url)).toMatchObject({ status: 421, body: 'wrong host' });
  });
});
