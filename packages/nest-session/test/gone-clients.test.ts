import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { Controller, Post, Req } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, SessionService } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

const gate = new Gate();
/** Those of HTTP/2 that handlers were called for. */
const streams: (Readable | undefined)[] = [];

@Controller()
class AccountController {
  @Post('login')
  async login(@Session() session: Session, @Req() request: { raw?: { stream?: Readable } }) {
    streams.push(request.raw?.stream);
    await gate.pass('login');
    session.login('ada');
  }
}

describe.each(ADAPTERS)('a client that is gone before its answer on %s', (adapter) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [AccountController] });
  });
  afterAll(() => running.close());

  test('keeps its address: limits and lists do not take it for a client without one', async () => {
    const { hostname, port } = new URL(running.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    const arrived = gate.hold('login');
    socket.write('POST /login HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n');
    await arrived;
    const server = running.app.getHttpServer();
    socket.resetAndDestroy();
    await until(
      () =>
        new Promise<boolean>((resolve) => {
          server.getConnections((_error: Error | null, count: number) => resolve(count === 0));
        }),
    );
    gate.release('login');
    const sessions = running.app.get(SessionService);
    await until(async () => (await sessions.list('ada')).length === 1);
    const [listed] = await sessions.list('ada');
    expect(listed?.device.network).toBe('127.0.0.0/24');
  });
});

describe('a client of HTTP/2 that gives its request up', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({
      adapter: 'fastify',
      http: new FastifyAdapter({ http2: true }) as unknown as FastifyAdapter,
      controllers: [AccountController],
    });
  });
  afterAll(() => running.close());

  test('keeps its address', async () => {
    const client = connectHttp2(running.url);
    const arrived = gate.hold('login');
    const stream = client.request({ ':method': 'POST', ':path': '/login' });
    stream.on('error', () => {});
    stream.end();
    await arrived;
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => streams.at(-1)?.destroyed === true);
    gate.release('login');
    const sessions = running.app.get(SessionService);
    await until(async () => (await sessions.list('ada')).length === 1);
    const [listed] = await sessions.list('ada');
    client.close();
    expect(listed?.device.network).toBe('127.0.0.0/24');
  });
});
