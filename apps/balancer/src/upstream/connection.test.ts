import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Connection } from './connection.js';
import type { UpstreamHandler, UpstreamRequest } from './upstream.js';

const POST: UpstreamRequest = {
  method: 'POST',
  path: '/',
  headers: ['Host', 'x'],
  body: Buffer.from('once'),
  upgrade: undefined,
  verifyConnection: false,
};

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function pair(): Promise<{ readonly ours: Socket; readonly node: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection');
  const ours = connect(port, '127.0.0.1');
  const [node] = (await accepted) as [Socket];
  open.push({ close: () => void server.close(() => node.destroy()) });
  return { ours, node };
}

/** A request on a connection, and what becomes of it. */
function sendOn(socket: Socket) {
  const calls: string[] = [];
  let settle: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const handler = {
    onSending: () => calls.push('sending'),
    onHead: () => calls.push('head') > 0,
    onFailure: () => {
      calls.push('failure');
      settle();
    },
  } as unknown as UpstreamHandler;
  const idle = { onIdle: () => {}, onGone: () => {} };
  new Connection({ socket, maxHeadBytes: 1_000, ...idle }).send(POST, handler);
  return { calls, failed };
}

// Whoever was told that it was sent must not send it again unless it may run twice.
test('a request whose connection closes before it is written was never sent', async () => {
  const { ours, node } = await pair();
  let received = 0;
  node.on('data', (data: Buffer) => {
    received += data.length;
  });
  const { calls, failed } = sendOn(ours);
  ours.destroy();
  await failed;
  await once(node, 'close');
  expect([calls, received]).toEqual([['failure'], 0]);
});

test('what comes before the request is written is no answer to it', async () => {
  const { ours } = await pair();
  const { calls, failed } = sendOn(ours);
  ours.emit('data', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  await failed;
  expect(calls).toEqual(['failure']);
});
