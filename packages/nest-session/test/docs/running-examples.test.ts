import { once } from 'node:events';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { register } from 'prom-client';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Session } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';
import { open, withSockets } from '../websocket/chat.js';
import { findSnippets, type Snippet, SnippetFolder } from './snippets.js';

const examples = findSnippets().filter(({ isFragment }) => !isFragment);
const metrics = exampleWith('registerSessionMetrics');
const sockets = exampleWith('attachSession');
const folder = new SnippetFolder([metrics, sockets]);

let running: RunningApp | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
  // The registry is the process's: a second application could not add its metrics.
  register.clear();
});
afterAll(() => folder.remove());

function exampleWith(name: string): Snippet {
  const found = examples.filter(({ code }) => code.includes(name));
  expect(found).toHaveLength(1);
  return found[0] as Snippet;
}

test.each(ADAPTERS)('the example of metrics answers a scrape on %s', async (adapter) => {
  const { AppModule } = (await import(folder.fileOf(metrics))) as { AppModule: Type<unknown> };
  const module = { module: AppModule };
  running = await startApp({ adapter, controllers: [shopController()], module });
  const browser = running.browser();
  await browser.post('/cart/tea');
  const response = await browser.fetch('/metrics');
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ]);
  const text = await response.text();
  expect(text).toMatch(/^understudy_sessions_owned(\{.*\})? 1$/m);
  expect(text).toMatch(/^understudy_http_responses_total\{result="held"\} 1$/m);
  expect(text).toMatch(/^understudy_session_events_total\{kind="created"\} 1$/m);
});

@Controller()
class SaidController {
  @Get('said')
  said(@Session() session: Session<{ said?: number }>) {
    return { said: session.said ?? 0 };
  }
}

test.each(ADAPTERS)(
  'the gateway of the example sees and stores the session on %s',
  async (adapter) => {
    const { ChatGateway } = (await import(folder.fileOf(sockets))) as {
      ChatGateway: Type<unknown>;
    };
    @Module({ providers: [ChatGateway] })
    class ChatModule {}
    running = await startApp({
      adapter,
      controllers: [shopController(), SaidController],
      imports: [ChatModule],
      prepare: withSockets,
    });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    const client = open(browser);
    await once(client.socket, 'open');
    const answer = { event: 'said', data: { by: 'ada', text: 'hello' } };
    expect(await client.ask('say', 'hello')).toEqual(answer);
    expect(await client.ask('say', 'hello')).toEqual(answer);
    expect(await browser.json('/said')).toEqual({ said: 2 });

    const stranger = open(running.browser());
    await once(stranger.socket, 'open');
    expect(await stranger.ask('say', 'hello')).toMatchObject({
      event: 'exception',
      data: { code: 'authentication-required' },
    });
  },
);
