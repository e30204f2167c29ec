import { connect } from 'node:net';
import { Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, SessionService } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

const gate = new Gate();

@Controller()
class AccountController {
  @Post('login')
  async login(@Session() session: Session) {
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
