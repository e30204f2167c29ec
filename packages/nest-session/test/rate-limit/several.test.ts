import { Controller, Get } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { RateLimit, type SessionEvent, SessionEvents } from '../../src/index.js';
import { Gate } from '../support/shop.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';

const DAY = { name: 'day', limit: 10, window: '1d', by: 'ip' } as const;
const MINUTE = { name: 'minute', limit: 2, window: '1h', by: 'ip' } as const;

async function start(adapter: Adapter) {
  const gate = new Gate();
  @Controller()
  class SeveralController {
    @Get('both')
    @RateLimit(DAY, MINUTE)
    both() {
      return { ok: true };
    }

    @Get('watched')
    @RateLimit(DAY, { ...MINUTE, mode: 'dry-run' })
    watched() {
      return { ok: true };
    }

    @Get('mixed')
    @RateLimit({ ...DAY, name: 'trial', limit: 1, mode: 'dry-run' }, { ...DAY, limit: 2 })
    mixed() {
      return { ok: true };
    }

    @Get('crowded')
    @RateLimit({ name: 'crowded', by: 'node', limit: 1, mode: 'dry-run' })
    async crowded() {
      await gate.pass('crowded');
      return { ok: true };
    }

    @Get('heavy')
    @RateLimit(DAY, { name: 'heavy', by: 'node', limit: 1 })
    async heavy() {
      await gate.pass('heavy');
      return { ok: true };
    }
  }
  const running = await startApp({ adapter, controllers: [SeveralController] });
  const left = async (path: string) => {
    const { status, headers } = await fetch(`${running.url}/${path}`);
    return [status, /"day";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]];
  };
  const told: SessionEvent[] = [];
  running.app.get(SessionEvents).on('rate-limited', (event) => told.push(event));
  return { running, gate, left, told };
}

describe.each(ADAPTERS)('several limits of one route on %s', (adapter) => {
  test('count nothing of a request that one of them refuses', async () => {
    const { running, left } = await start(adapter);
    expect([await left('both'), await left('both')]).toEqual([
      [200, '9'],
      [200, '8'],
    ]);
    for (const _again of [1, 2, 3, 4]) expect(await left('both')).toEqual([429, '8']);
    await running.close();
  });

  test('count what a dry run lets through', async () => {
    const { running, left } = await start(adapter);
    for (const rest of ['9', '8', '7', '6']) expect(await left('watched')).toEqual([200, rest]);
    await running.close();
  });

  test('tell what a dry run would have refused, apart from what was refused', async () => {
    const { running, gate, left, told } = await start(adapter);
    const event = (policy: string, enforced: boolean) => ({
      kind: 'rate-limited',
      ip: '127.0.0.1',
      policies: [policy],
      enforced,
    });
    await left('mixed');
    expect(told).toEqual([]);
    await left('mixed');
    expect(told.splice(0)).toEqual([event('trial', false)]);
    await left('mixed');
    expect(told.splice(0)).toEqual([event('day', true), event('trial', false)]);
    const arrived = gate.hold('crowded');
    const first = left('crowded');
    await arrived;
    expect((await left('crowded'))[0]).toBe(200);
    expect(told.splice(0)).toEqual([event('crowded', false)]);
    gate.release('crowded');
    await first;
    await running.close();
  });

  test('count nothing of a request for which the node has no place', async () => {
    const { running, gate, left } = await start(adapter);
    const arrived = gate.hold('heavy');
    const first = left('heavy');
    await arrived;
    for (const _again of [1, 2]) expect(await left('heavy')).toEqual([503, '9']);
    gate.release('heavy');
    expect(await first).toEqual([200, '9']);
    expect(await left('both')).toEqual([200, '8']);
    await running.close();
  });
});
