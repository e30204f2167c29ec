import { Controller, Get, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import { Authenticated, Principal, Session, SessionModule } from '../../src/index.js';
import {
  createTestCluster,
  signIn,
  type TestCluster,
  type TestClusterOptions,
} from '../../src/testing/index.js';
import { ADAPTERS } from '../support/start-app.js';

@Controller()
class AccountController {
  @Get('me')
  @Authenticated()
  me(@Principal() principal: Principal, @Session() session: Session<{ items?: number }>) {
    return { id: principal.id, items: session.items ?? 0 };
  }

  @Post('items')
  add(@Session() session: Session<{ items?: number }>) {
    session.items = (session.items ?? 0) + 1;
  }

  @Post('logout')
  async logout(@Session() session: Session) {
    await session.logout();
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [AccountController] })
class AccountModule {}

let cluster: TestCluster | undefined;

async function start(adapter: (typeof ADAPTERS)[number], transport: 'header' | 'both') {
  const options: TestClusterOptions['options'] = {
    transport: transport === 'both' ? ['cookie', 'header'] : ['header'],
  };
  cluster = await createTestCluster({ module: AccountModule, adapter, options });
  return cluster;
}

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

describe.each(ADAPTERS)('ids in headers on %s', (adapter) => {
  test('signIn() signs the agent in, at every node', async () => {
    const { nodes, agent: newAgent } = await start(adapter, 'header');
    const agent = newAgent();
    await signIn(agent, 'ada');
    expect(agent.cookies.size).toBe(0);
    for (const node of nodes) {
      expect(await (await agent.at(node).fetch('/me')).json()).toEqual({ id: 'ada', items: 0 });
    }
  });

  test('an agent keeps the token it is told, and signIn() gives it another', async () => {
    const agent = (await start(adapter, 'header')).agent();
    await agent.fetch('/items', { method: 'POST' });
    const first = agent.sessionToken;
    expect(first).toMatch(/^[\w-]{43}\./);
    await agent.fetch('/items', { method: 'POST' });
    await signIn(agent, 'ada');
    expect(agent.sessionToken).not.toBe(first);
    expect(await (await agent.fetch('/me')).json()).toEqual({ id: 'ada', items: 2 });
  });

  test('an agent forgets the token of a session that has ended', async () => {
    const agent = (await start(adapter, 'header')).agent();
    await signIn(agent, 'ada');
    await agent.fetch('/logout', { method: 'POST' });
    expect(agent.sessionToken).toBe('');
    expect((await agent.fetch('/me')).status).toBe(401);
  });

  test('beside cookies, an agent with an empty token asks for one and gets no cookie', async () => {
    const agent = (await start(adapter, 'both')).agent();
    agent.sessionToken = '';
    await signIn(agent, 'ada');
    expect(agent.cookies.size).toBe(0);
    expect(await (await agent.fetch('/me')).json()).toEqual({ id: 'ada', items: 0 });
  });

  test('beside cookies, an agent without a token goes by cookies', async () => {
    const agent = (await start(adapter, 'both')).agent();
    await signIn(agent, 'ada');
    expect(agent.sessionToken).toBeUndefined();
    expect((await agent.fetch('/me')).status).toBe(200);
  });

  test('a header that is given stands', async () => {
    const agent = (await start(adapter, 'header')).agent();
    await signIn(agent, 'ada');
    const headers = { authorization: 'Bearer of something else' };
    expect((await agent.fetch('/me', { headers })).status).toBe(401);
  });
});
