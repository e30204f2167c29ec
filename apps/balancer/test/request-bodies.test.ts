import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { openRaw, sendRaw } from './support/client.js';
import { refusingUrl, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const POST = 'POST / HTTP/1.1\r\nHost: x\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** A node that keeps what it is sent, byte for byte, and answers when it has seen `end`. */
async function startRecorder(end: string) {
  const record = { text: '' };
  const node = await startRawNode((socket) => {
    socket.on('data', (chunk: Buffer) => {
      record.text += chunk.toString('latin1');
      if (record.text.endsWith(end)) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  closeAfterTest(node);
  return { nodes: [{ label: 'a', url: node.url }], node, record };
}

describe('a client that waits for 100 Continue', () => {
  const waiting = (fields: string) => `${POST}Expect: 100-continue\r\n${fields}\r\n`;

  test('is told to go on, once, and the node hears nothing of it', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write(waiting('Content-Length: 5\r\nConnection: close\r\n'));
    await until('it may go on', () => client.received() === CONTINUE);
    client.socket.write('hello');
    expect((await client.closed).match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 100',
      'HTTP/1.1 200',
    ]);
    expect(node.seen[0]?.body).toBe('hello');
    expect(node.seen[0]?.rawHeaders.join('|')).not.toMatch(/expect/i);
  });

  test.each<[string, string, number]>([
    ['with a refused request', 'Host: y\r\nContent-Length: 5\r\n', 400],
    ['with a body that is too large', 'Content-Length: 1001\r\n', 413],
    ['and for more than that', 'Expect: wonders\r\nContent-Length: 5\r\n', 417],
  ])('%s is answered at once and not told to go on', async (_name, fields, status) => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { limits: { requestBodyBytes: 1_000 } });
    const text = await sendRaw(balancer.url, waiting(fields));
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain('application/problem+json');
    expect(node.sockets.size).toBe(0);
  });

  test('is not told to go on when the balancer is full', async () => {
    const held: unknown[] = [];
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const balancer = await balance([node], { limits: { requestsInFlight: 1 } });
    const first = await openRaw(balancer.url);
    first.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the first is at the node', () => held.length === 1);
    const second = await openRaw(balancer.url);
    second.socket.write(waiting('Content-Length: 5\r\n'));
    await until('it is answered', () => second.received().includes('balancer-overloaded'));
    expect(second.received()).toMatch(/^HTTP\/1\.1 503 /);
    for (const { socket } of [first, second]) socket.destroy();
  });

  test('in HTTP/1.0 or without a body is not told anything', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const old = waiting('Content-Length: 5\r\n').replace('HTTP/1.1', 'HTTP/1.0');
    expect(await sendRaw(balancer.url, `${old}hello`)).toMatch(/^HTTP\/1\.1 200 /);
    const bare = waiting('Content-Length: 0\r\nConnection: close\r\n');
    expect(await sendRaw(balancer.url, bare)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('behind another request is told so in its turn', async () => {
    const held: { end(text: string): unknown }[] = [];
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${waiting('Content-Length: 5\r\n')}`);
    await until('the first is at the node', () => held.length === 1);
    expect(client.received()).toBe('');
    held[0]?.end('first');
    await until('it may go on', () => client.received().endsWith(`first${CONTINUE}`));
    client.socket.destroy();
  });
});

describe('trailers of a request', () => {
  const body = '5\r\nhello\r\n0\r\n';

  test('reach the node behind the body', async () => {
    const { nodes, record } = await startRecorder('\r\nX-Sum: 7\r\nx-more: \r\n\r\n');
    const balancer = await balance(nodes);
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}${body}X-Sum: 7\r\nx-more:\r\n\r\n`);
    await until('the answer', () => client.received().endsWith('ok'));
    expect(record.text).toContain('\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum');
    client.socket.destroy();
  });

  test('reach the node as well when the body is too large to be kept', async () => {
    const { nodes, record } = await startRecorder('\r\n0\r\nX-Sum: 7\r\n\r\n');
    const balancer = await balance(nodes, { limits: { replayBytes: 10 } });
    const client = await openRaw(balancer.url);
    const chunk = `64\r\n${'x'.repeat(100)}\r\n`;
    client.socket.write(CHUNKED + chunk);
    await until('the node has a part', () => record.text.includes(chunk));
    client.socket.write(`${chunk}0\r\nX-Sum: 7\r\n\r\n`);
    await until('the answer', () => client.received().endsWith('ok'));
    client.socket.destroy();
  });

  test('that would decide anything are left out', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const forged = [
      ...['Host: y', 'Authorization: Basic eA==', 'Cookie: sid=1', 'X-Forwarded-For: ::1'],
      ...['X-Understudy-Failed-Node: a', 'Idempotency-Key: 1', 'Connection: X-Hop', 'X-Hop: 1'],
      ...['Content-Type: text/html', 'Expect: 100-continue', 'Upgrade: websocket', 'TE: gzip'],
    ];
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}${body}${forged.join('\r\n')}\r\n\r\n`);
    await until('the answer', () => client.received().endsWith('\r\n\r\na'));
    // Without trailers worth sending the whole body is known, and its length is told.
    expect(node.seen[0]?.rawHeaders).toContain('Content-Length');
    expect(node.seen[0]?.rawHeaders.join('|')).not.toMatch(/sid=1|Basic|Failed|Idempotency/);
    client.socket.destroy();
  });

  test('are sent again with the body', async () => {
    const { nodes, record } = await startRecorder('X-Sum: 7\r\n\r\n');
    const balancer = await balance([{ label: 'gone', url: await refusingUrl() }, ...nodes]);
    const client = await openRaw(balancer.url);
    const cookie = 'Cookie: sid-route=v1.gone.a.1.7.AAAAAAAAAAAAAAAAAAAAAA\r\n';
    client.socket.write(
      `${POST}${cookie}Transfer-Encoding: chunked\r\n\r\n${body}X-Sum: 7\r\n\r\n`,
    );
    await until('the answer', () => client.received().endsWith('ok'));
    expect(record.text).toContain('X-Understudy-Failed-Node: gone');
    client.socket.destroy();
  });
});

describe('a chunked body', () => {
  test('that goes on for long reaches its node while it comes', async () => {
    const { nodes, record } = await startRecorder('\r\n0\r\n\r\n');
    const balancer = await balance(nodes, { timeouts: { bodyHoldMs: 20 } });
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}3\r\none\r\n`);
    await until('the first part is there', () => record.text.endsWith('3\r\none\r\n'));
    client.socket.write('3\r\ntwo\r\n0\r\n\r\n');
    await until('the answer', () => client.received().endsWith('ok'));
    client.socket.destroy();
  });

  test('that turns out malformed on its way is cut off at the node and refused', async () => {
    const { nodes, node, record } = await startRecorder('never');
    const balancer = await balance(nodes, { timeouts: { bodyHoldMs: 20 } });
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}3\r\none\r\n`);
    await until('the first part is there', () => record.text.endsWith('3\r\none\r\n'));
    client.socket.write('0x3\r\ntwo\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /);
    await until('the node is let go', () => node.sockets.size === 0);
    expect(record.text).not.toMatch(/two|hidden|0\r\n\r\n$/);
    expect(balancer.counters.problems.get('bad-request')).toBe(1);
    expect(balancer.counters.clientAborts).toBe(0);
    expect(balancer.fleet.byLabel('a')?.availability).toBe('up');
  });

  test('that is malformed behind its answer costs the connection and nothing is said', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
        });
      }),
    );
    const nodes = [{ label: 'a', url: node.url }];
    const balancer = await balance(nodes, { timeouts: { bodyHoldMs: 20 } });
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}3\r\none\r\n`);
    await until('the answer', () => client.received().endsWith('big'));
    client.socket.write('zz\r\n');
    expect((await client.closed).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
  });
});

describe('a body that is too large', () => {
  test.each([
    ['by its length', `${POST}Content-Length: 101\r\n\r\n`],
    ['by what comes', `${CHUNKED}65\r\n${'x'.repeat(101)}\r\n`],
    ['by many small parts', CHUNKED + '1\r\nx\r\n'.repeat(101)],
  ])('%s is refused', async (_name, bytes) => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { limits: { requestBodyBytes: 100 } });
    const text = await sendRaw(balancer.url, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"code":"bad-request"');
    expect(node.seen).toEqual([]);
    expect(balancer.counters.problems.get('bad-request')).toBe(1);
  });

  test('in the end is cut off at the node, which never sees a whole request', async () => {
    const { nodes, node, record } = await startRecorder('never');
    const balancer = await balance(nodes, {
      limits: { requestBodyBytes: 1_000, replayBytes: 100 },
    });
    const client = await openRaw(balancer.url);
    client.socket.write(`${CHUNKED}1f4\r\n${'x'.repeat(500)}\r\n`);
    await until('a part is there', () => record.text.includes('xxx'));
    client.socket.write(`1f5\r\n${'y'.repeat(501)}\r\n0\r\n\r\n`);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 413 /);
    await until('the node is let go', () => node.sockets.size === 0);
    expect(record.text.endsWith('0\r\n\r\n')).toBe(false);
  });

  test('is answered although the client reads nothing before it has sent much', async () => {
    const nodes = [closeAfterTest(await startNode('a'))];
    const balancer = await balance(nodes, { timeouts: { lingerMs: 10_000 } });
    const client = await openRaw(balancer.url);
    client.socket.pause();
    client.socket.write(`${POST}Content-Length: 99999999999\r\n\r\n`);
    await until('it is refused', () => balancer.counters.problems.get('bad-request') === 1);
    // A connection that was closed with unread bytes would be reset, and these writes fail.
    for (let i = 0; i < 15; i++) {
      await new Promise((resolve) => client.socket.write(Buffer.alloc(64 * 1024), resolve));
    }
    client.socket.resume();
    expect(await client.closed).toContain('"status":413');
  });
});

describe('a flood behind a refusal', () => {
  test.each([
    ['of requests', 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000)],
    ['of garbage', 'x'.repeat(64_000)],
  ])('%s is cut', async (_name, block) => {
    const node = closeAfterTest(await startNode('a'));
    const options = { limits: { discardBytes: 100_000 }, timeouts: { lingerMs: 60_000 } };
    const balancer = await balance([node], options);
    const client = await openRaw(balancer.url);
    client.socket.pause();
    client.socket.write(`${POST}Host: y\r\n\r\n`);
    while (client.socket.writable) {
      await new Promise((resolve) => client.socket.write(block, resolve));
    }
    await client.closed;
    expect(node.seen).toEqual([]);
  });
});

describe('a client that sends its body slowly', () => {
  const slow = { timeouts: { clientBodyIdleMs: 100 } };

  test.each([
    ['announced', `${POST}Content-Length: 5\r\n\r\nhe`],
    ['chunked', `${CHUNKED}5\r\nhe`],
    ['large', `${POST}Content-Length: 500000\r\n\r\nhe`],
  ])('is given up when it stops: %s', async (_name, bytes) => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], slow);
    expect(await sendRaw(balancer.url, bytes)).toMatch(/^HTTP\/1\.1 408 /);
    expect(node.seen).toEqual([]);
    expect(balancer.activity.requests).toBe(0);
    expect(balancer.counters.problems.get('bad-request')).toBe(1);
  });

  test('byte by byte is given up as well', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], slow);
    const client = await openRaw(balancer.url);
    client.socket.write(`${POST}Content-Length: 500\r\n\r\n`);
    const drip = setInterval(() => client.socket.write('x'), 20);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*too slowly/);
    clearInterval(drip);
    expect(node.seen).toEqual([]);
  });

  test('is not blamed for a node that does not read', async () => {
    let read = (): void => {};
    const node = closeAfterTest(
      await startRawNode((socket) => {
        let bytes = 0;
        socket.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > 16_000_000) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
        socket.pause();
        read = () => void socket.resume();
      }),
    );
    const balancer = await balance([{ label: 'a', url: node.url }], slow);
    const client = await openRaw(balancer.url);
    client.socket.write(`${POST}Content-Length: 16000000\r\n\r\n`);
    client.socket.write(Buffer.alloc(16_000_000));
    await until('it is on its way', () => node.sockets.size === 1);
    await delay(400);
    expect(client.received()).toBe('');
    read();
    await until('the answer', () => client.received().endsWith('ok'));
    client.socket.destroy();
  });
});
