import { Controller, Get, Post } from '@nestjs/common';
import {
  createMemoryTierContents,
  memoryTier,
  memoryTransport,
  redisTier,
} from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { freePort } from './support/free-port.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { nodeOptions } from './support/start-cluster.js';
import { until } from './support/until.js';

@Controller()
class VisitsController {
  @Get('visits')
  read(@Session() session: Session<{ visits?: number }>) {
    return { visits: session.visits ?? null };
  }

  @Post('visits')
  count(@Session() session: Session<{ visits?: number }>) {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }

  @Post('logout')
  async logout(@Session() session: Session) {
    await session.destroy();
    return {};
  }
}

describe.each(ADAPTERS)('a tier, on %s', (adapter) => {
  const contents = createMemoryTierContents();

  function start(): Promise<RunningApp> {
    const options = { secret: 's'.repeat(32), tier: memoryTier({ contents }) };
    return startApp({ adapter, controllers: [VisitsController], options });
  }

  test('brings sessions back after the application was stopped, and no ended ones', async () => {
    const first = await start();
    const [stays, leaves] = [first.browser(), first.browser()];
    for (const browser of [stays, leaves]) await browser.post('/visits');
    await stays.post('/visits');
    const cookies = leaves.at('');
    await leaves.post('/logout');
    await first.close();

    const second = await start();
    expect(await stays.at(second.url).json('/visits')).toEqual({ visits: 2 });
    expect(await cookies.at(second.url).json('/visits')).toEqual({ visits: null });
    await second.close();
  });

  test('that cannot be reached is told of when the application starts', async () => {
    const tier = redisTier({ url: `redis://user:hidden-4711@127.0.0.1:${await freePort()}` });
    // A node that is alone waits for its tier when it leaves, here for a second.
    const options = { ...nodeOptions('n1', memoryTransport()), tier };
    const app = await startApp({ adapter, controllers: [VisitsController], options });
    await until(() => /the tier redis cannot be reached \(.*ECONNREFUSED/.test(app.logs.text));
    expect(app.logs.text).not.toContain('4711');
    expect((await app.browser().post('/visits')).status).toBe(201);
    await app.close();
  });
});
