import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { openRaw, routeCookie, sendRaw } from './support/client.js';
import { refusingUrl, startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const ACCEPT = createHash('sha1')
  .update(KEY + GUID)
  .digest('base64');

function handshake(cookie: string): string {
  return [
    'GET /live HTTP/1.1',
    'Host: shop.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
    `Cookie: ${cookie}`,
    '\r\n',
  ].join('\r\n');
}

/** A node that agrees to the handshake and sends every byte back behind its label. */
async function startEchoNode(label: string) {
  const node = await startNode(label);
  node.server.on('upgrade', (request, socket, early) => {
    node.seen.push({
      method: 'GET',
      url: request.url ?? '',
      rawHeaders: request.rawHeaders,
      body: early.toString(),
    });
    socket.on('error', () => {});
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${ACCEPT}\r\nSet-Cookie: sid-route=moved\r\n\r\n${label}:`,
    );
    if (early.length > 0) socket.write(early);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('end', () => socket.end());
  });
  return closeAfterTest(node);
}

describe('WebSocket upgrades', () => {
  test('go to the owner like any request and are joined byte for byte', async () => {
    const nodes = [await startEchoNode('a'), await startEchoNode('b')];
    const balancer = await balance(nodes);
    const client = await openRaw(balancer.url);
    client.socket.write(`${handshake(routeCookie('b'))}early`);
    await until('the echo', () => client.received().endsWith('b:early'));
    expect(client.received()).toContain('HTTP/1.1 101 Switching Protocols\r\n');
    expect(client.received()).toContain(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`);
    expect(client.received()).toContain('Set-Cookie: sid-route=moved\r\n');
    client.socket.write('\x00\x01more');
    await until('the second echo', () => client.received().endsWith('more'));
    client.socket.end();
    expect(await client.closed).toContain('b:early\x00\x01more');
    await until('the tunnel is gone', () => balancer.activity.tunnels === 0);
  });

  test('fail over when the owner refuses connections', async () => {
    const b = await startEchoNode('b');
    const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b]);
    const client = await openRaw(balancer.url);
    client.socket.write(handshake(routeCookie('a', 'b')));
    await until('the handshake', () => client.received().endsWith('b:'));
    expect(b.seen[0]?.rawHeaders).toContain('X-Understudy-Failed-Node');
    client.socket.destroy();
  });

  test('that the node declines get its ordinary answer', async () => {
    const node = await startNode('a', (_request, response) => {
      response.writeHead(401, { 'X-Why': 'no session' });
      response.end('x'.repeat(300_000));
    });
    const balancer = await balance([closeAfterTest(node)]);
    const text = await sendRaw(balancer.url, handshake(routeCookie('a')));
    expect(text).toContain('HTTP/1.1 401 Unauthorized\r\n');
    expect(text).toContain('X-Why: no session\r\n');
    expect(text.match(/x/g)?.length).toBeGreaterThanOrEqual(300_000);
  });

  test('to anything but WebSocket are served as ordinary requests', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node]);
    const text = await sendRaw(
      balancer.url,
      // Newer Nodes keep the connection, since nothing has been upgraded.
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
        'HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(node.seen[0]?.rawHeaders.join('|')).not.toMatch(/upgrade|http2-settings/i);
  });

  test.each([
    ['a handshake', handshake(routeCookie('a')), 501],
    ['CONNECT', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', 501],
  ])('%s behind a request that is still being served harms nobody', async (_name, text, status) => {
    const held: { end(text: string): unknown }[] = [];
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write(`GET /first HTTP/1.1\r\nHost: x\r\n\r\n${text}`);
    await until('the first is at the node', () => held.length === 1);
    // Larger than the buffers on the way, so that the bare socket has to tell when it drains.
    held[0]?.end('x'.repeat(8_000_000));
    const received = await client.closed;
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', `HTTP/1.1 ${status}`]);
    expect(received).toContain('x'.repeat(8_000_000));
    expect(node.seen.map(({ url }) => url)).toEqual(['/first']);
  });

  test('a refused one is closed even if its client never closes its direction', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node], { timeouts: { lingerMs: 50 } });
    const { port } = new URL(balancer.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {}).resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`${handshake('').replace('Host', 'Host: y\r\nHost')}`);
    await new Promise((resolve) => socket.once('end', resolve));
    const write = setInterval(() => socket.write('x'), 10);
    await closed;
    clearInterval(write);
    expect(node.seen).toEqual([]);
  });

  test('a node that dies closes the tunnel', async () => {
    const node = await startEchoNode('a');
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write(handshake(routeCookie('a')));
    await until('the handshake', () => client.received().endsWith('a:'));
    for (const socket of node.sockets) socket.resetAndDestroy();
    await client.closed;
    await until('the tunnel is gone', () => balancer.activity.tunnels === 0);
  });
});
