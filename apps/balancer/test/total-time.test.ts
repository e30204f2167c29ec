import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw } from './support/client.js';
import { startEchoNode, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const SHORT = { timeouts: { totalMs: 100 } };
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: ';

describe('an exchange that takes too long as a whole', () => {
  test('is answered 504, and the node let go', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const balancer = await balance([node], SHORT);
    const answer = await ask(balancer.url);
    expect(answer.status).toBe(504);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(answer.body)).toMatchObject({
      ...{ code: 'upstream-timeout', reason: 'total-timeout' },
    });
    expect(balancer.counters.problems.get('upstream-timeout')).toBe(1);
    await until('the node is let go', () => node.sockets.size === 0);
    expect(balancer.activity.requests).toBe(0);
    expect(balancer.fleet.nodes()[0]?.inFlight).toBe(0);
  });

  test('is cut off when its response has begun, however it drips', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.write('x');
        const timer = setInterval(() => response.write('x'), 5);
        response.on('close', () => clearInterval(timer));
      }),
    );
    const balancer = await balance([node], SHORT);
    await expect(ask(balancer.url)).rejects.toThrow();
    await until('it is over', () => balancer.activity.requests === 0);
    expect(balancer.counters.truncated).toBe(1);
    await until('the node is let go', () => node.sockets.size === 0);
  });

  test('is a 408 as long as it comes in, and no node hears of it', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], SHORT);
    const client = await openRaw(balancer.url);
    client.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*does not come to its end/);
    expect(node.sockets.size).toBe(0);
    expect(balancer.counters.problems.get('bad-request')).toBe(1);
  });

  test('is a 504 when a node has a part of a body that does not end', async () => {
    const node = closeAfterTest(await startRawNode((socket) => void socket.resume()));
    const timeouts = { totalMs: 200, bodyHoldMs: 1 };
    const balancer = await balance([{ label: 'a', url: node.url }], { timeouts });
    const client = await openRaw(balancer.url);
    client.socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
    );
    expect(await client.closed).toMatch(/^HTTP\/1\.1 504 [\s\S]*"reason":"total-timeout"/);
    await until('the node is let go', () => node.sockets.size === 0);
  });

  test('ran nowhere as long as it waits for a connection: 503, to be repeated', async () => {
    const node = closeAfterTest(await streamingNode());
    const timeouts = { totalMs: 100, queueMs: 60_000 };
    const limits = { connectionsPerNode: 1 };
    const balancer = await balance([{ label: 'a', url: node.url }], { timeouts, limits });
    const listener = await openRaw(balancer.url);
    listener.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the connection is taken', () => listener.received().includes(':\n\n'));
    const answer = await ask(balancer.url, { method: 'POST' });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(JSON.parse(answer.body)).not.toHaveProperty('reason');
    listener.socket.destroy();
  });
});

/** A node whose every response is a stream of events without an end. */
function streamingNode() {
  return startRawNode((socket) => {
    socket.on('data', () => socket.write(`${HEAD}text/event-stream\r\n\r\n:\n\n`));
  });
}

describe('what lasts as long as somebody listens is not bounded', () => {
  test('event streams', async () => {
    const node = closeAfterTest(await streamingNode());
    const balancer = await balance([{ label: 'a', url: node.url }], SHORT);
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it has begun', () => client.received().includes(':\n\n'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    for (const socket of node.sockets) socket.write('data: late\n\n');
    await until('it goes on', () => client.received().includes('data: late'));
    client.socket.destroy();
  });

  test('tunnels', async () => {
    const node = closeAfterTest(await startEchoNode('a'));
    const balancer = await balance([{ label: 'a', url: node.url }], SHORT);
    const client = await openRaw(balancer.url);
    client.socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await until('the tunnel is open', () => client.received().includes(' 101 '));
    await new Promise((resolve) => setTimeout(resolve, 250));
    client.socket.write('hello');
    await until('the tunnel echoes', () => client.received().endsWith('hello'));
    client.socket.destroy();
  });
});
