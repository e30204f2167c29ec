import { type BeforeApplicationShutdown, Controller, Get, Inject, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import type { Cluster, ClusterStatus } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SessionHealthIndicator } from '../../src/health/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { type RunningNode, startCluster } from '../support/start-cluster.js';
import { until } from '../support/until.js';

@Controller()
class ReadyController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(SessionHealthIndicator) private readonly sessions: SessionHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.sessions.isHealthy()]);
  }
}

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [ReadyController],
  providers: [SessionHealthIndicator],
})
class HealthModule {}

type Answer = { status: string; details: { sessions: Record<string, unknown> } };

async function ask(url: string): Promise<[number, string, Record<string, unknown>]> {
  const response = await fetch(`${url}/ready`);
  const { status, details } = (await response.json()) as Answer;
  return [response.status, status, details.sessions];
}

describe.each(ADAPTERS)('the health indicator on %s', (adapter) => {
  test('is up on a node that serves sessions', async () => {
    const running = await startApp({ adapter, controllers: [], imports: [HealthModule] });
    const [status, overall, sessions] = await ask(running.url);
    expect([status, overall]).toEqual([200, 'ok']);
    expect(sessions).toMatchObject({
      status: 'up',
      state: 'active',
      members: 1,
      bus: 'connected',
    });
    await running.close();
  });

  test('is degraded, and no reason to take the node out, while the bus is away', async () => {
    const cluster = await startCluster({
      adapter,
      size: 2,
      controllers: [shopController()],
      imports: [HealthModule],
    });
    const [node] = cluster.nodes as [RunningNode];
    node.cable.disconnect();
    await until(() => node.cluster.status().degraded);
    const [status, , sessions] = await ask(node.url);
    expect(status).toBe(200);
    expect(sessions).toMatchObject({ status: 'degraded', state: 'active', bus: 'away' });
    node.cable.connect();
    await cluster.close();
  });

  test('is down from the first hooks of a shutdown on, while requests are still served', async () => {
    let seen: [number, string, Record<string, unknown>] | undefined;
    let url = '';
    @Module({})
    class LateModule implements BeforeApplicationShutdown {
      async beforeApplicationShutdown(): Promise<void> {
        seen = await ask(url);
      }
    }
    const running = await startApp({
      adapter,
      controllers: [],
      imports: [HealthModule, LateModule],
    });
    url = running.url;
    await running.close();
    expect(seen).toMatchObject([503, 'error', { status: 'down', state: 'draining' }]);
  });
});

describe('the health indicator by itself', () => {
  const indicatorOf = (status: Partial<ClusterStatus>, methods: readonly string[]) => {
    const session = Object.fromEntries(
      methods.map((name) => [name, (data: object) => ({ status: name, ...data })]),
    );
    const cluster = {
      label: 'n1',
      status: () => ({ state: 'active', degraded: false, ...status }),
      members: () => [{ state: 'active' }, { state: 'dead' }],
    };
    return new SessionHealthIndicator(
      cluster as unknown as Cluster,
      { check: () => session } as never,
    );
  };
  const TERMINUS_12 = ['up', 'down', 'degraded'];

  test.each<[Partial<ClusterStatus>, string]>([
    [{}, 'up'],
    [{ tier: 'connected' }, 'up'],
    [{ tier: 'unreachable' }, 'degraded'],
    [{ degraded: true }, 'degraded'],
    [{ state: 'joining' }, 'down'],
    [{ state: 'draining', degraded: true }, 'down'],
    [{ state: 'stopped' }, 'down'],
  ])('says of %o: %s', (status, expected) => {
    expect(indicatorOf(status, TERMINUS_12).isHealthy()).toMatchObject({
      status: expected,
      members: 1,
    });
  });

  test('says so beside `up` with terminus 11, which knows no `degraded`', () => {
    const indicator = indicatorOf({ degraded: true }, ['up', 'down']);
    expect(indicator.isHealthy()).toMatchObject({ status: 'up', degraded: true });
  });

  test('is red from onModuleDestroy on, before the engine drains', () => {
    const indicator = indicatorOf({}, TERMINUS_12);
    indicator.onModuleDestroy();
    expect(indicator.isHealthy()).toMatchObject({ status: 'down', state: 'draining' });
  });
});
