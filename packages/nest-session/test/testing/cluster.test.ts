import { Controller, Get, Module, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, test } from 'vitest';
import {
  AuthenticatedGuard,
  Principal,
  Session,
  SessionModule,
  SessionOptionError,
} from '../../src/index.js';
import {
  createTestCluster,
  FakeClock,
  signIn,
  type TestAgent,
  type TestCluster,
  type TestClusterOptions,
} from '../../src/testing/index.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

const MINUTE_MS = 60_000;

@Controller()
class VisitsController {
  @Post('visits')
  visit(@Session() session: Session<{ visits?: number }>) {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }

  @Get('visits')
  visits(@Session() session: Session<{ visits?: number }>) {
    return { visits: session.visits ?? 0 };
  }

  @Get('me')
  me(@Principal() principal: Principal | null) {
    return { id: principal?.id ?? null };
  }
}

@Module({ imports: [SessionModule.forRoot()], controllers: [VisitsController] })
class VisitsModule {}

@Module({
  imports: [VisitsModule],
  providers: [{ provide: APP_GUARD, useExisting: AuthenticatedGuard }],
})
class GuardedModule {}

let cluster: TestCluster | undefined;

async function start(options: Partial<TestClusterOptions>): Promise<TestCluster> {
  cluster = await createTestCluster({ module: VisitsModule, ...options });
  return cluster;
}

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function visits(agent: TestAgent): Promise<number> {
  return ((await (await agent.fetch('/visits')).json()) as { visits: number }).visits;
}

describe.each(ADAPTERS)('with a fake clock on %s', (adapter) => {
  test.each([
    ['alive one second before', -1000, 1],
    ['gone one second after', 1000, 0],
  ])('a session is %s its idle timeout', async (_name, offsetMs, expected) => {
    const clock = new FakeClock();
    const running = await start({ adapter, clock, nodes: 1 });
    const agent = running.agent();
    expect((await agent.fetch('/visits', { method: 'POST' })).status).toBe(201);
    await clock.advance(30 * MINUTE_MS + offsetMs);
    expect(await visits(agent)).toBe(expected);
  });

  test('an application of its own takes one, too', async () => {
    const clock = new FakeClock();
    const options = { clock };
    const running = await startApp({ adapter, controllers: [VisitsController], options });
    try {
      const browser = running.browser();
      await browser.post('/visits');
      await clock.advance(30 * MINUTE_MS - 1000);
      expect(await browser.json('/visits')).toEqual({ visits: 1 });
      await clock.advance(30 * MINUTE_MS + 1000);
      expect(await browser.json('/visits')).toEqual({ visits: 0 });
    } finally {
      await running.close();
    }
  });

  test('a request in between begins the idle time again', async () => {
    const clock = new FakeClock();
    const running = await start({ adapter, clock, nodes: 1 });
    const agent = running.agent();
    await agent.fetch('/visits', { method: 'POST' });
    await clock.advance(20 * MINUTE_MS);
    expect(await visits(agent)).toBe(1);
    await clock.advance(20 * MINUTE_MS);
    expect(await visits(agent)).toBe(1);
  });

  test('the nodes of a cluster agree on both sides of the timeout, and stay together', async () => {
    const clock = new FakeClock();
    const { nodes } = await start({
      adapter,
      clock,
      nodes: 3,
      options: { timeouts: { idle: '2m' } },
    });
    const [one, two, three] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
    const agent = one.agent();
    await agent.fetch('/visits', { method: 'POST' });
    await clock.advance(2 * MINUTE_MS - 1000);
    expect(await visits(agent.at(two))).toBe(1);
    await clock.advance(2 * MINUTE_MS + 1000);
    for (const node of [one, two, three]) expect(await visits(agent.at(node))).toBe(0);
    for (const node of nodes) {
      expect(node.cluster.members().map(({ state }) => state)).toEqual(Array(3).fill('active'));
    }
  });
});

describe.each(ADAPTERS)('a test cluster on %s', (adapter) => {
  test('replicates: what one node stored the others show', async () => {
    const running = await start({ adapter, nodes: 3 });
    const agent = running.agent();
    await agent.fetch('/visits', { method: 'POST' });
    await agent.fetch('/visits', { method: 'POST' });
    for (const node of running.nodes) expect(await visits(agent.at(node))).toBe(2);
  });

  test('signs in without a route, past guards of the whole application', async () => {
    const running = await start({ adapter, module: GuardedModule });
    const agent = running.agent();
    expect((await agent.fetch('/me')).status).toBe(401);
    await signIn(agent, { id: 'ada', roles: ['admin'] });
    for (const node of running.nodes) {
      expect(await (await agent.at(node).fetch('/me')).json()).toEqual({ id: 'ada' });
    }
  });

  test('signing in keeps the properties and gives a new id', async () => {
    const running = await start({ adapter, nodes: 1 });
    const agent = running.agent();
    await agent.fetch('/visits', { method: 'POST' });
    const before = agent.at(agent);
    await signIn(agent, 'ada');
    expect(await visits(agent)).toBe(1);
    expect((await agent.fetch('/visits', { method: 'POST' })).status).toBe(201);
    expect(await visits(before)).toBe(0);
  });

  test('signs in without a port, too', async () => {
    const agent = (await start({ adapter, nodes: 1, listen: false })).agent();
    expect(agent.csrfToken).toBeUndefined();
    await signIn(agent, 'ada');
    expect(agent.csrfToken).toMatch(/^.{20,}$/);
    expect(() => agent.url).toThrow(/does not listen/);
  });
});

test('the cookies of a client go with injected requests', async () => {
  const agent = (await start({ adapter: 'fastify', nodes: 1, listen: false })).agent();
  await signIn(agent, 'ada');
  const { cookieHeader: cookie } = agent;
  const { body } = await (agent.app as NestFastifyApplication).inject({
    url: '/me',
    headers: { cookie },
  });
  expect(JSON.parse(body)).toEqual({ id: 'ada' });
});

test('a test cluster that cannot start says why, and leaves nothing running', async () => {
  await expect(start({ options: { timeouts: { idle: '1s' } } })).rejects.toThrow(
    SessionOptionError,
  );
  await expect(start({ nodes: 17 })).rejects.toThrow(/1 to 16 nodes, not 17/);
});
