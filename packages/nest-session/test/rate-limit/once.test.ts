import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, test } from 'vitest';
import { RateLimit, RateLimitGuard, RateLimitService } from '../../src/index.js';
import { Gate } from '../support/shop.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

@Module({ providers: [{ provide: APP_GUARD, useExisting: RateLimitGuard }] })
class GuardedModule {}

const TWICE = { name: 'twice', limit: 2, window: '1h', by: 'ip' } as const;

describe.each(ADAPTERS)('a guard that runs twice for a request on %s', (adapter) => {
  test('counts it once, tells the limit once, and refuses it once', async () => {
    @Controller()
    class TwiceController {
      @Get('paced')
      @RateLimit(TWICE)
      paced() {
        return { ok: true };
      }

      @Get('other')
      @RateLimit(TWICE)
      other() {
        return { ok: true };
      }
    }
    const running = await startApp({
      adapter,
      controllers: [TwiceController],
      imports: [GuardedModule],
    });
    const get = async (path: string) => {
      const { status, headers } = await fetch(running.url + path);
      const limit = headers.get('ratelimit')?.replace(/;t=\d+/g, '');
      return [status, headers.get('ratelimit-policy'), limit];
    };
    const policy = '"twice";q=2;w=3600';
    expect(await get('/paced')).toEqual([200, policy, '"twice";r=1']);
    // Another handler, and another request: the count is shared, the decision is not.
    expect(await get('/other')).toEqual([200, policy, '"twice";r=0']);
    expect(await get('/paced')).toEqual([429, policy, '"twice";r=0']);
    await running.close();
  });

  test('takes one place of a limit by node', async () => {
    const gate = new Gate();
    @Controller()
    class HeavyController {
      @Get('heavy')
      @RateLimit({ name: 'heavy', by: 'node', limit: 1 })
      async heavy() {
        await gate.pass('heavy');
        return { ok: true };
      }
    }
    const running = await startApp({
      adapter,
      controllers: [HeavyController],
      imports: [GuardedModule],
    });
    const arrived = gate.hold('heavy');
    const first = fetch(`${running.url}/heavy`);
    // It would have been refused its second place.
    await Promise.race([arrived, first]);
    const { inFlight } = running.app.get(RateLimitService, { strict: false });
    expect(inFlight.count('heavy')).toBe(1);
    gate.release('heavy');
    expect((await first).status).toBe(200);
    await running.close();
  });
});
