import {
  Body,
  Controller,
  Get,
  Session as NestSession,
  Post,
  Redirect,
  Req,
  Res,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface Visits {
  visits?: number;
  cart?: { items: string[] };
}

@Controller()
class VisitsController {
  @Get('visits')
  read(@Session() session: Session<Visits>) {
    return { visits: session.visits ?? null };
  }

  @Post('visits')
  count(@Session() session: Session<Visits>) {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  }

  @Post('cart')
  add(@Session() session: Session<Visits>, @Body() body: { item: string }) {
    session.cart ??= { items: [] };
    session.cart.items.push(body.item);
    return session.cart;
  }

  @Get('cart')
  cart(@Session('cart') cart: Visits['cart']) {
    return cart ?? { items: [] };
  }

  @Get('same')
  same(
    @Session() ours: Session<Visits>,
    @NestSession() nests: unknown,
    @Req() request: { session: unknown },
  ) {
    return { same: ours === nests && ours === request.session };
  }

  @Post('go')
  @Redirect('/visits', 302)
  go(@Session() session: Session<Visits>) {
    session.visits = 100;
  }

  @Post('res')
  res(@Session() session: Session<Visits>, @Res() response: { send(body: unknown): void }) {
    session.visits = 7;
    response.send({ sent: true });
  }

  @Post('throws')
  throws(@Session() session: Session<Visits>) {
    session.visits = 9999;
    throw new Error('a bug');
  }
}

describe.each(ADAPTERS)('a session on %s', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [VisitsController] });
  });
  afterAll(() => running.close());

  test('is not made by reading', async () => {
    const response = await running.browser().fetch('/visits');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toEqual({ visits: null });
  });

  test('keeps what a handler wrote', async () => {
    const browser = running.browser();
    const first = await browser.post('/visits');
    expect(await first.json()).toEqual({ visits: 1 });
    expect([...browser.cookies.keys()].sort()).toEqual(['sid', 'sid-csrf', 'sid-route']);
    await browser.post('/visits');
    expect(await browser.json('/visits')).toEqual({ visits: 2 });
  });

  test('notices changes inside of what it holds', async () => {
    const browser = running.browser();
    await browser.post('/cart', { item: 'lamp' });
    await browser.post('/cart', { item: 'chair' });
    expect(await browser.json('/cart')).toEqual({ items: ['lamp', 'chair'] });
  });

  test('is the same object wherever the application gets it', async () => {
    expect(await running.browser().json('/same')).toEqual({ same: true });
  });

  test('is stored before a redirect leaves', async () => {
    const browser = running.browser();
    const response = await browser.post('/go');
    expect(response.status).toBe(302);
    expect(await browser.json('/visits')).toEqual({ visits: 100 });
  });

  test('is stored by a handler that answers itself', async () => {
    const browser = running.browser();
    await browser.post('/res');
    expect(await browser.json('/visits')).toEqual({ visits: 7 });
  });

  test('forgets what a failing handler wrote', async () => {
    const browser = running.browser();
    await browser.post('/visits');
    expect((await browser.post('/throws')).status).toBe(500);
    expect(await browser.json('/visits')).toEqual({ visits: 1 });
  });
});
