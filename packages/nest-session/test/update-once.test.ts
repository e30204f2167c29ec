import {
  Body,
  Controller,
  Get,
  HttpCode,
  InternalServerErrorException,
  Param,
  Post,
} from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import type { Browser } from './support/browser.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from './support/start-app.js';
import { type RunningNode, startCluster } from './support/start-cluster.js';
import { until } from './support/until.js';

interface Stock {
  left?: number;
  taken?: string[];
}

type Take = { readonly once?: string };

/** Handlers that store something midway, and do not always get to their end. */
function stockController(gate = new Gate()) {
  let runs = 0;
  let failures = 0;

  const take = (session: Session<Stock>, name: string, options: Take) =>
    session.update((stock) => {
      runs++;
      stock.left = (stock.left ?? 10) - 1;
      stock.taken = [...(stock.taken ?? []), name];
      return { left: stock.left };
    }, options);

  @Controller()
  class StockController {
    @Get('stock')
    stock(@Session() session: Session<Stock>) {
      return { left: session.left ?? 10, taken: session.taken ?? [], runs };
    }

    @Post('fails-once')
    @HttpCode(200)
    async failsOnce(@Session() session: Session<Stock>, @Body() body: { names?: string[] }) {
      const results: unknown[] = [];
      for (const name of body.names ?? ['lamp']) {
        results.push(await take(session, name, { once: name }));
      }
      if (failures++ === 0) throw new InternalServerErrorException();
      return { results, taken: session.taken };
    }

    @Post('repeatedly')
    @HttpCode(200)
    async repeatedly(@Session() session: Session<Stock>) {
      await take(session, 'lamp', {});
      if (failures++ === 0) throw new InternalServerErrorException();
      return {};
    }

    @Post('held')
    @HttpCode(200)
    async held(@Session() session: Session<Stock>) {
      const result = await take(session, 'lamp', { once: 'lamp' });
      await gate.pass('held');
      return result;
    }

    @Post('nothing')
    @HttpCode(200)
    async nothing(@Session() session: Session<Stock>) {
      let calls = 0;
      const found = await session.update(
        () => {
          calls++;
          return 'nothing to change';
        },
        { once: 'look' },
      );
      if (failures++ === 0) throw new InternalServerErrorException();
      return { found: found ?? null, calls };
    }

    @Post('returns/:what')
    async returns(@Session() session: Session<Stock>, @Param('what') what: string) {
      const values: Record<string, unknown> = {
        date: { at: new Date(0) },
        large: 'x'.repeat(5000),
        cycle: 1n,
      };
      await session.update(
        (stock) => {
          stock.left = 0;
          return values[what];
        },
        { once: 'part' },
      );
    }

    @Post('named')
    async named(@Session() session: Session<Stock>, @Body() body: { name: string }) {
      await take(session, 'lamp', { once: body.name });
    }
  }
  return StockController;
}

let running: RunningApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(adapter: Adapter): Promise<Browser> {
  running = await startApp({ adapter, controllers: [stockController()] });
  return visitor(running);
}

async function visitor(app: RunningApp): Promise<Browser> {
  const browser = app.browser();
  await browser.fetch('/session?csrf=1');
  return browser;
}

const key = (name: string) => ({ 'idempotency-key': `"${name}"` });

describe.each(ADAPTERS)('update() once on %s', (adapter) => {
  test('is made once by a request that is run again, which gets the first result', async () => {
    const browser = await start(adapter);
    expect((await browser.post('/fails-once', {}, key('a'))).status).toBe(500);
    const again = await browser.post('/fails-once', {}, key('a'));
    expect(await again.json()).toEqual({ results: [{ left: 9 }], taken: ['lamp'] });
    expect(await browser.json('/stock')).toEqual({ left: 9, taken: ['lamp'], runs: 1 });
  });

  test('without the option it is made each time', async () => {
    const browser = await start(adapter);
    await browser.post('/repeatedly', {}, key('a'));
    await browser.post('/repeatedly', {}, key('a'));
    expect(await browser.json('/stock')).toMatchObject({ left: 8, runs: 2 });
  });

  test('each name is a change of its own, and each key has its own', async () => {
    const browser = await start(adapter);
    const body = { names: ['lamp', 'chair'] };
    await browser.post('/fails-once', body, key('a'));
    const again = await browser.post('/fails-once', body, key('a'));
    expect(await again.json()).toMatchObject({ results: [{ left: 9 }, { left: 8 }] });
    const other = await browser.post('/fails-once', body, key('b'));
    expect(await other.json()).toMatchObject({ results: [{ left: 7 }, { left: 6 }] });
  });

  test('a request without a key makes it each time', async () => {
    const browser = await start(adapter);
    await browser.post('/fails-once', {});
    await browser.post('/fails-once', {});
    expect(await browser.json('/stock')).toMatchObject({ left: 8 });
  });

  test('is not made of another body', async () => {
    const browser = await start(adapter);
    await browser.post('/fails-once', { names: ['lamp'], to: 'Ada' }, key('a'));
    const other = await browser.post('/fails-once', { names: ['lamp'], to: 'Eve' }, key('a'));
    expect([other.status, await other.json()]).toMatchObject([
      422,
      { code: 'idempotency-mismatch' },
    ]);
    expect(await browser.json('/stock')).toMatchObject({ left: 9 });
  });

  test('remembers also that there was nothing to change', async () => {
    const browser = await start(adapter);
    await browser.post('/nothing', {}, key('a'));
    const again = await browser.post('/nothing', {}, key('a'));
    expect(await again.json()).toEqual({ found: 'nothing to change', calls: 0 });
  });

  test.each([
    ['date', /is no JSON/],
    ['cycle', /is no JSON/],
    ['large', /has 5002 bytes/],
  ])('stores nothing when its result cannot be remembered: %s', async (what, told) => {
    const browser = await start(adapter);
    const response = await browser.post(`/returns/${what}`, {}, key('a'));
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { code: 'session-value', detail: expect.stringMatching(told) },
    ]);
    expect(await browser.json('/stock')).toMatchObject({ left: 10 });
    // It may be made as soon as that is mended.
    expect((await browser.post(`/returns/${what}`, {}, key('a'))).status).toBe(500);
    expect((await browser.post('/returns/undefined', {}, key('b'))).status).toBe(201);
  });

  test.each(['', 'two words', 'x'.repeat(65), 7])('has a name: not %j', async (name) => {
    const browser = await start(adapter);
    const response = await browser.post('/named', { name });
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { code: 'session-value' },
    ]);
    expect(await browser.json('/stock')).toMatchObject({ left: 10 });
  });

  test('is made once although the node dies before the request has ended', async () => {
    const gate = new Gate();
    const controllers = [stockController(gate)];
    const { nodes } = await startCluster({ adapter, size: 3, controllers });
    const [dying, next] = nodes as [RunningNode, RunningNode];
    const browser = await visitor(dying);
    const arrived = gate.hold('held');
    const lost = browser.post('/held', {}, key('a')).catch(() => undefined);
    await arrived;
    dying.cable.disconnect();
    const seen = () => next.cluster.members().find(({ label }) => label === dying.label)?.state;
    await until(() => seen() === 'dead');
    const elsewhere = browser.at(next.url);
    const answers: Response[] = [];
    await until(async () => {
      const answer = await elsewhere.post('/held', {}, key('a'));
      answers.push(answer);
      return answer.status === 200;
    });
    expect(await answers.at(-1)?.json()).toEqual({ left: 9 });
    expect(await elsewhere.json('/stock')).toEqual({ left: 9, taken: ['lamp'], runs: 1 });
    gate.release('held');
    await lost;
    await Promise.all(nodes.map((node) => node.close()));
  });
});
