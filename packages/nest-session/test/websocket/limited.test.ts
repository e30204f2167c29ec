import type { IncomingMessage } from 'node:http';
import { Controller, Get, Module, UseFilters } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RateLimit } from '../../src/index.js';
import { attachSession, SessionGatewayFilter } from '../../src/websocket/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';
import { ChatClient, open, withSockets } from './chat.js';

const SAID = { name: 'said', limit: 2, window: '1h' } as const;

@UseFilters(new SessionGatewayFilter())
@WebSocketGateway({ path: '/chat' })
class LimitedGateway {
  async handleConnection(client: WebSocket, request: IncomingMessage) {
    if (!request.headers['x-unattached']) await attachSession(client, request);
    client.send(JSON.stringify({ event: 'hello' }));
  }

  @SubscribeMessage('say')
  @RateLimit(SAID)
  say() {
    return { event: 'said' };
  }

  @SubscribeMessage('key')
  @RateLimit({ ...SAID, by: () => 'everybody' })
  key() {
    return { event: 'said' };
  }

  @SubscribeMessage('node')
  @RateLimit({ name: 'node', by: 'node', limit: 1 })
  node() {
    return { event: 'said' };
  }
}

@Module({ providers: [LimitedGateway] })
class LimitedModule {}

@Controller()
class SaidController {
  @Get('said')
  @RateLimit(SAID)
  said() {
    return { ok: true };
  }
}

let running: RunningApp;

afterEach(() => running.close());

async function start(adapter: Adapter) {
  running = await startApp({
    adapter,
    controllers: [shopController(), SaidController],
    imports: [LimitedModule],
    prepare: withSockets,
  });
}

async function connect(browser = running.browser(), headers = {}): Promise<ChatClient> {
  const client = open(browser, { headers });
  await client.next();
  return client;
}

const refusal = (code: string, message: RegExp) => ({
  event: 'exception',
  data: expect.objectContaining({ code, message: expect.stringMatching(message) }),
});

describe.each(ADAPTERS)('a limited gateway on %s', (adapter) => {
  test('counts the messages of a session with its requests', async () => {
    await start(adapter);
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const client = await connect(browser);
    expect(await client.ask('say')).toEqual({ event: 'said' });
    expect((await browser.fetch('/said')).status).toBe(200);
    expect(await client.ask('say')).toEqual(refusal('quota-exceeded', /^try again in \d+ s$/));
    expect((await browser.fetch('/said')).status).toBe(429);
    const other = running.browser();
    await other.post('/login', { id: 'bob' });
    expect(await (await connect(other)).ask('say')).toEqual({ event: 'said' });
  });

  test('counts the address of clients without a session', async () => {
    await start(adapter);
    for (const _again of [1, 2]) {
      expect(await (await connect()).ask('say')).toEqual({ event: 'said' });
    }
    expect(await (await connect()).ask('say')).toMatchObject(refusal('quota-exceeded', /^try/));
  });

  test('says so where it cannot count, and lets nothing through', async () => {
    await start(adapter);
    const client = await connect();
    expect(await client.ask('key')).toEqual(refusal('session-value', /has no request/));
    expect(await client.ask('node')).toEqual(refusal('session-value', /no response to wait for/));
    const unattached = await connect(running.browser(), { 'x-unattached': '1' });
    expect(await unattached.ask('say')).toEqual(refusal('session-value', /attachSession/));
  });
});
