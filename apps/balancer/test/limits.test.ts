import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw, routeCookie, sendRaw } from './support/client.js';
import { startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';
import { WEBSOCKET_OPENED, WEBSOCKET_REQUEST } from './support/websocket.js';

describe('limits', () => {
  test('above the cap on requests in flight the answer is 503 with Retry-After', async () => {
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const held: { end(text: string): unknown }[] = [];
    const balancer = await balance([node], { limits: { requestsInFlight: 1 } });
    const first = ask(balancer.url);
    await until('the first is at the node', () => held.length === 1);
    const second = await ask(balancer.url);
    expect(second.status).toBe(503);
    expect(second.headers['retry-after']).toBe('1');
    expect(JSON.parse(second.body).type).toBe('urn:understudy:balancer-overloaded');
    held[0]?.end('done');
    expect((await first).body).toBe('done');
    expect(node.seen).toHaveLength(1);
  });

  test('requests sent without waiting are bounded on one connection', async () => {
    const held: { end(text: string): unknown }[] = [];
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const balancer = await balance([node], { limits: { requestsPerConnection: 2 } });
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
    await until('two are at the node', () => held.length === 2);
    for (const response of held) response.end('done');
    await until('all are answered', () => client.received().includes('balancer-overloaded'));
    expect(client.received().match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 503',
    ]);
    expect(node.seen).toHaveLength(2);
    client.socket.destroy();
  });

  test('an upload that goes on after its answer is cut after a while', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
        });
      }),
    );
    const nodes = [{ label: 'a', url: node.url }];
    const balancer = await balance(nodes, { limits: { discardBytes: 1_000 } });
    const client = await openRaw(balancer.url);
    client.socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\npart');
    await until('the answer', () => client.received().endsWith('big'));
    client.socket.write('x'.repeat(5_000));
    await client.closed;
  });

  test.each([
    ['a head above 16 KiB', `X-A: ${'a'.repeat(17_000)}\r\n`, '431'],
    ['more than 128 fields', 'X-A: 1\r\n'.repeat(129), '431'],
    ['two Hosts', 'Host: y\r\n', '400'],
    ['both framings', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '400'],
    ['a folded field', 'X-A: 1\r\n 2\r\n', '400'],
    ['a space before the colon', 'X-A : 1\r\n', '400'],
    ['a bare line feed', 'X-A: 1\nX-B: 2\r\n', '400'],
    ['a coding that hides chunked', 'Transfer-Encoding: xchunked\r\n', '400'],
  ])('%s is refused before any node sees it', async (_name, fields, status) => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const text = await sendRaw(
      balancer.url,
      `POST / HTTP/1.1\r\nHost: x\r\n${fields}Connection: close\r\n\r\n`,
    );
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 (${status}) `));
    expect(text).toContain('"code":"bad-request"');
    expect(node.seen).toHaveLength(0);
  });

  test('a request without Host is refused', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    expect(await sendRaw(balancer.url, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(node.seen).toHaveLength(0);
  });
});

describe('timeouts', () => {
  test('a connection that says nothing is closed without a word', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { timeouts: { clientHeadMs: 100 } });
    expect(await (await openRaw(balancer.url)).closed).toBe('');
    expect(balancer.counters.problems.get('bad-request')).toBe(0);
  });

  test('a head that does not come to its end is given up', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { timeouts: { clientHeadMs: 100 } });
    const text = await sendRaw(balancer.url, 'GET / HTTP/1.1\r\nHost: x\r\nX-');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a node that does not answer becomes 504', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const balancer = await balance([node], { timeouts: { firstByteMs: 50 } });
    const answer = await ask(balancer.url);
    expect(answer.status).toBe(504);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:understudy:upstream-timeout',
      reason: 'first-byte-timeout',
    });
  });

  test('a response that stops half-way is cut', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => void response.write('half')),
    );
    const balancer = await balance([node], { timeouts: { bodyIdleMs: 50 } });
    await expect(ask(balancer.url)).rejects.toThrow();
    await until('the node is let go', () => node.sockets.size === 0);
  });

  test('a client that stops reading is cut', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.end(Buffer.alloc(64 * 1024 * 1024));
      }),
    );
    const balancer = await balance([node], { timeouts: { bodyIdleMs: 200 } });
    const client = await openRaw(balancer.url);
    client.socket.pause();
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it is served', () => balancer.activity.requests === 1);
    await until('it is cut', () => balancer.activity.requests === 0);
    client.socket.destroy();
  });

  test('an event stream may be silent for longer than another response', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(':\n\n');
        setTimeout(() => response.end('data: late\n\n'), 300);
      }),
    );
    const balancer = await balance([node], { timeouts: { bodyIdleMs: 50 } });
    expect((await ask(balancer.url)).body).toContain('data: late');
  });

  test('a tunnel of which one direction has ended is closed when the other does not', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => {
          socket.write(WEBSOCKET_OPENED);
        });
      }, true),
    );
    const nodes = [{ label: 'a', url: node.url }];
    const balancer = await balance(nodes, { timeouts: { halfClosedMs: 50 } });
    const client = await openRaw(balancer.url);
    client.socket.write(WEBSOCKET_REQUEST);
    await until('the tunnel is open', () => balancer.activity.tunnels === 1);
    client.socket.end();
    await until('the tunnel is gone', () => balancer.activity.tunnels === 0);
  });

  test('a tunnel that stays silent is closed', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => {
          socket.write(WEBSOCKET_OPENED);
        });
      }),
    );
    const nodes = [{ label: 'a', url: node.url }];
    const balancer = await balance(nodes, { timeouts: { tunnelIdleMs: 50 } });
    const text = await sendRaw(balancer.url, WEBSOCKET_REQUEST);
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    await until('both ends are closed', () => node.sockets.size === 0);
  });
});

describe('assignment', () => {
  test('round robin pays no attention to route cookies', async () => {
    const nodes = await Promise.all(['a', 'b', 'c'].map((label) => startNode(label)));
    nodes.forEach(closeAfterTest);
    const balancer = await balance(nodes, { assignment: 'round-robin' });
    const bodies: string[] = [];
    for (let i = 0; i < 6; i++) {
      bodies.push((await ask(balancer.url, { headers: { cookie: routeCookie('b') } })).body);
    }
    expect(bodies.join('')).toBe('abcabc');
  });
});
