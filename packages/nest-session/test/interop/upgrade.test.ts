import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect as connectTo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';

let running: RunningApp | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** A server of `ws` on the application's own port, as one adds it without Nest's gateways. */
async function startWithEcho(adapter: Adapter) {
  running = await startApp({ adapter, controllers: [shopController()] });
  const server = running.app.getHttpServer() as Server;
  const sockets = new WebSocketServer({ server, path: '/echo' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(`echo ${data}`));
  });
  return { running, sockets };
}

async function connect({ url }: RunningApp): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/echo`);
  await once(socket, 'open');
  return socket;
}

describe.each(ADAPTERS)('sockets of ws beside the module on %s', (adapter) => {
  test('upgrade and talk while requests are served', async () => {
    const { running } = await startWithEcho(adapter);
    const socket = await connect(running);
    const browser = running.browser();
    for (const text of ['one', 'two']) {
      const answered = once(socket, 'message');
      socket.send(text);
      expect(String((await answered)[0])).toBe(`echo ${text}`);
      expect((await browser.post(`/cart/${text}`)).status).toBe(200);
    }
    expect((await browser.json<{ items: string[] }>('/cart')).items).toEqual(['one', 'two']);
    socket.terminate();
  });

  test('an open one is told that the server goes away, and does not hold the shutdown up', async () => {
    const { running: leaving } = await startWithEcho(adapter);
    const socket = await connect(leaving);
    const closed = once(socket, 'close');
    running = undefined;
    await leaving.close();
    expect((await closed)[0]).toBe(1001);
  });

  test('one whose client is deaf is cut off', async () => {
    const { running: leaving, sockets } = await startWithEcho(adapter);
    const socket = await connect(leaving);
    const { _socket: cable } = socket as unknown as { _socket: Socket };
    cable.pause();
    running = undefined;
    await leaving.close();
    expect(sockets.clients.size).toBe(0);
    socket.terminate();
  });

  test('without anybody who upgrades, a request for it is an ordinary one', async () => {
    running = await startApp({ adapter, controllers: [shopController()] });
    const { port } = new URL(running.url);
    const cable = connectTo(Number(port), '127.0.0.1');
    cable.write(
      'GET /cart HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    const [answer] = await once(cable, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
    cable.destroy();
  });
});
