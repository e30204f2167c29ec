import { once } from 'node:events';
import {
  type ArgumentsHost,
  Controller,
  type ExecutionContext,
  Get,
  Module,
  UseFilters,
} from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, test } from 'vitest';
import { Durability, Session, SessionOptionError, Wizard, WizardModule } from '../../src/index.js';
import { noSession } from '../../src/platform/no-session.js';
import { SessionGatewayFilter } from '../../src/websocket/index.js';
import { checkout } from '../checkout-wizard.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';
import { open, withSockets } from '../websocket/chat.js';

let running: RunningApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

@Controller()
class PageController {
  @Get('session')
  session(@Session() session: Session) {
    return session;
  }

  @Get('wizard')
  wizard(@Wizard('checkout') wizard: unknown) {
    return wizard;
  }
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  test.each(['session', 'wizard'])(
    '@%s without SessionModule says what is missing',
    async (path) => {
      @Module({})
      class NoSessionsModule {}
      const module = { module: NoSessionsModule, imports: [WizardModule.register([checkout])] };
      running = await startApp({ adapter, controllers: [PageController], module });
      const response = await fetch(`${running.url}/${path}`);
      expect([response.status, await response.json()]).toEqual([
        500,
        expect.objectContaining({
          detail:
            'there is no session here: import SessionModule.forRoot() in the root module ' +
            '(the path of the health check has none either)',
        }),
      ]);
    },
  );

  test('@Session() of a client that a gateway did not attach says what is missing', async () => {
    // Nest 11 tells clients of ws nothing without it.
    @UseFilters(new SessionGatewayFilter())
    @WebSocketGateway({ path: '/chat' })
    class ForgetfulGateway {
      @SubscribeMessage('look')
      look(@Session() session: Session) {
        return { event: 'seen', data: session };
      }
    }
    @Module({ providers: [ForgetfulGateway] })
    class ForgetfulModule {}
    running = await startApp({
      adapter,
      controllers: [],
      imports: [ForgetfulModule],
      prepare: withSockets,
    });
    const client = open(running.browser());
    await once(client.socket, 'open');
    expect(await client.ask('look', '')).toMatchObject({
      event: 'exception',
      data: {
        message:
          'there is no session here: call attachSession() in handleConnection() of the gateway ' +
          'and go on only with what it attached',
      },
    });
  });
});

test.each(['rpc', 'graphql'])('a handler of %s is told where sessions are', (type) => {
  const context = { getType: (() => type) as ArgumentsHost['getType'] } as ExecutionContext;
  expect(noSession(context).message).toBe(
    type === 'rpc'
      ? 'there is no session here: handlers of rpc have no HTTP request; pass what they need in the message'
      : 'there is no session here: import SessionModule.forRoot() in the root module, and leave req in the context',
  );
});

test('@Durability() refuses what it does not know where it is written', () => {
  expect(() => Durability('sync' as 'all')).toThrow(SessionOptionError);
  expect(() => Durability('sync' as 'all')).toThrow(
    'option @Durability is "sync", expected "async" or "backup" or "all"',
  );
});
