import { request } from 'node:http';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { RateLimit, RateLimitService } from '../../src/index.js';
import { Gate } from '../support/shop.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';
import { until } from '../support/until.js';

const HEAVY = { name: 'heavy', by: 'node', limit: 2 } as const;

async function start(adapter: Adapter) {
  const gate = new Gate();
  @Controller()
  class HeavyController {
    @Get('heavy')
    @RateLimit(HEAVY)
    async heavy(@Query('until') name = 'nothing') {
      await gate.pass(name);
      return { ok: true };
    }

    @Get('defect')
    @RateLimit(HEAVY)
    defect() {
      throw new Error('a defect');
    }

    @Get('watched')
    @RateLimit({ name: 'watched', by: 'node', limit: 1, mode: 'dry-run' })
    async watched(@Query('until') name = 'nothing') {
      await gate.pass(name);
      return { ok: true };
    }

    @Get('both')
    @RateLimit(HEAVY, { name: 'paced', limit: 1, window: '1h', by: 'ip' })
    both() {
      return { ok: true };
    }

    @Get('stream')
    @RateLimit(HEAVY)
    async stream(@Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream) {
      const raw = response.raw ?? response;
      raw.write('first');
      await gate.pass('stream');
      raw.end('last');
    }
  }
  const running = await startApp({ adapter, controllers: [HeavyController] });
  const { inFlight } = running.app.get(RateLimitService, { strict: false });
  const get = (path: string) => fetch(running.url + path);
  /** A request that has come to its handler, and waits there. */
  const hold = async (path: string, name: string) => {
    const arrived = gate.hold(name);
    const response = get(path);
    await arrived;
    return { response };
  };
  return { running, gate, inFlight, get, hold };
}

describe.each(ADAPTERS)('a limit by node on %s', (adapter) => {
  test('refuses what would be too much at once, and takes the next when one is over', async () => {
    const { running, gate, get, hold, inFlight } = await start(adapter);
    const first = await hold('/heavy?until=a', 'a');
    const second = await hold('/heavy?until=b', 'b');
    const refused = await get('/heavy');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit')).toBe('"heavy";r=0');
    expect(refused.headers.get('ratelimit-policy')).toBe('"heavy";q=2;qu="concurrent-requests"');
    expect(await refused.json()).toMatchObject({
      type: 'urn:understudy:temporary-reduced-capacity',
      'violated-policies': ['heavy'],
    });
    gate.release('a');
    await first.response;
    await until(() => inFlight.count('heavy') === 1);
    const taken = await get('/heavy');
    expect([taken.status, taken.headers.get('ratelimit')]).toEqual([200, '"heavy";r=0']);
    gate.release('b');
    expect((await second.response).status).toBe(200);
    await until(() => inFlight.count('heavy') === 0);
    await running.close();
  });

  test('gives the place back however a request ends', async () => {
    const { running, gate, get, inFlight } = await start(adapter);
    for (const _again of [1, 2, 3]) expect((await get('/defect')).status).toBe(500);
    await until(() => inFlight.count('heavy') === 0);
    const arrived = gate.hold('gone');
    // Not by fetch: it opens another connection for the one that is broken off, and keeps it.
    const leaving = request(`${running.url}/heavy?until=gone`).on('error', () => {});
    leaving.end();
    await arrived;
    expect(inFlight.count('heavy')).toBe(1);
    leaving.destroy();
    await until(() => inFlight.count('heavy') === 0);
    gate.release('gone');
    await until(() => inFlight.count('heavy') === 0);
    await running.close();
  });

  test('counts a stream until it has ended', async () => {
    const { running, gate, hold, inFlight } = await start(adapter);
    const stream = await hold('/stream', 'stream');
    const streaming = await stream.response;
    expect(inFlight.count('heavy')).toBe(1);
    gate.release('stream');
    expect(await streaming.text()).toBe('firstlast');
    await until(() => inFlight.count('heavy') === 0);
    await running.close();
  });

  test('gives it back when another limit refuses, which is what is answered', async () => {
    const { running, get, inFlight } = await start(adapter);
    expect((await get('/both')).status).toBe(200);
    const refused = await get('/both');
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { 'violated-policies': ['paced'] },
    ]);
    await until(() => inFlight.count('heavy') === 0);
    await running.close();
  });

  test('in a dry run counts, and refuses nobody', async () => {
    const { running, gate, get, hold } = await start(adapter);
    const first = await hold('/watched?until=a', 'a');
    const second = await get('/watched');
    expect([second.status, second.headers.get('ratelimit')]).toEqual([200, '"watched";r=0']);
    gate.release('a');
    await first.response;
    await running.close();
  });
});

test('a limit by node has no window, no burst and no cost', () => {
  for (const field of ['window', 'burst', 'cost']) {
    const rule = { ...HEAVY, [field]: 1 };
    expect(() => RateLimit(rule)).toThrow(new RegExp(`RateLimit\\(heavy\\)\\.${field} is 1`));
  }
  expect(() => RateLimit({ ...HEAVY, limit: 0 })).toThrow(/RateLimit\(heavy\)\.limit is 0/);
  expect(() => RateLimit({ ...HEAVY, name: 'X' })).toThrow(/RateLimit\.name is "X"/);
});
