import {
  Controller,
  Get,
  HttpCode,
  InternalServerErrorException,
  Param,
  Post,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface Product {
  readonly sku: string;
  readonly price: number;
}

interface Data {
  items?: Product[];
  preferences?: Record<string, string>;
  cart?: { items: readonly string[]; note?: string };
  stats?: { views: number };
  tags?: Set<string>;
  answers?: string[];
}

/** What an application keeps for all of its clients. */
const CATALOGUE: Readonly<Record<string, Product>> = {
  lamp: { sku: 'lamp', price: 40 },
  chair: { sku: 'chair', price: 90 },
  rug: { sku: 'rug', price: 60 },
};
const DEFAULTS: Record<string, string> = { theme: 'light' };

const gate = new Gate();

@Controller()
class OwnObjectsController {
  @Post('items/:sku')
  @HttpCode(200)
  async add(@Session() session: Session<Data>, @Param('sku') sku: string) {
    session.items ??= [];
    session.items.push(CATALOGUE[sku] as Product);
    await gate.pass(sku);
    return {};
  }

  @Post('first/:sku')
  @HttpCode(200)
  first(@Session() session: Session<Data>, @Param('sku') sku: string) {
    session.items?.unshift(CATALOGUE[sku] as Product);
    return {};
  }

  @Get('items')
  items(@Session() session: Session<Data>) {
    return session.items ?? [];
  }

  @Post('address')
  @HttpCode(200)
  address(@Session() session: Session<Data>) {
    session.preferences = { theme: 'dark', address: 'Long Lane 5' };
    return {};
  }

  @Post('defaults/:end')
  @HttpCode(200)
  async defaults(@Session() session: Session<Data>, @Param('end') end: string) {
    session.preferences = DEFAULTS;
    if (end === 'reload') await session.reload();
    if (end === 'failure') throw new InternalServerErrorException();
    return {};
  }

  @Post('frozen/:end')
  @HttpCode(200)
  async frozen(@Session() session: Session<Data>, @Param('end') end: string) {
    const items = Object.freeze([...(session.cart?.items ?? []), end]);
    session.cart = Object.freeze({ items });
    session.stats = Object.freeze({ views: session.stats?.views ?? 0 });
    if (end === 'save') await session.save();
    if (end === 'increment') session.increment('stats.views');
    await gate.pass(end);
    if (end === 'failure') throw new InternalServerErrorException();
    return { ...session };
  }

  @Post('note')
  @HttpCode(200)
  note(@Session() session: Session<Data>) {
    session.cart = { items: [], ...session.cart, note: 'ring twice' };
    return {};
  }

  @Post('tags')
  @HttpCode(200)
  async tag(@Session() session: Session<Data>) {
    session.tags ??= new Set();
    const { tags } = session;
    tags.add('before');
    await session.save();
    tags.add('after');
    return {};
  }

  @Get('tags')
  tags(@Session() session: Session<Data>) {
    return [...(session.tags ?? [])];
  }

  @Post('answers/:at')
  @HttpCode(200)
  answer(@Session() session: Session<Data>, @Param('at') at: string) {
    session.answers ??= [];
    session.answers[Number(at)] = `answer ${at}`;
    return {};
  }

  @Get()
  all(@Session() session: Session<Data>) {
    return { ...session };
  }
}

describe.each(ADAPTERS)('objects of the application in a session on %s', (adapter) => {
  let shop: RunningApp;

  beforeAll(async () => {
    shop = await startApp({
      adapter,
      controllers: [OwnObjectsController],
      options: { csrf: false },
    });
  });

  afterAll(() => shop.close());

  it('stay what they are when a parallel request moves them in their list', async () => {
    const browser = shop.browser();
    await browser.post('/items/rug');
    const arrived = gate.hold('lamp');
    const lamp = browser.post('/items/lamp');
    await arrived;
    await browser.post('/first/chair');
    gate.release('lamp');
    await lamp;
    expect(await browser.json('/items')).toEqual([
      { sku: 'chair', price: 90 },
      { sku: 'rug', price: 60 },
      { sku: 'lamp', price: 40 },
    ]);
    expect(Object.entries(CATALOGUE).map(([sku, product]) => [sku, product.sku])).toEqual([
      ['lamp', 'lamp'],
      ['chair', 'chair'],
      ['rug', 'rug'],
    ]);
  });

  it.each(['failure', 'reload'])('never get what a client has, after a %s', async (end) => {
    const browser = shop.browser();
    await browser.post('/address');
    await browser.post(`/defaults/${end}`);
    expect(DEFAULTS).toEqual({ theme: 'light' });
    expect(await browser.json('/')).toMatchObject({ preferences: { address: 'Long Lane 5' } });
  });

  it.each([
    ['response', 200, { items: ['response'] }],
    ['save', 200, { items: ['save'] }],
    ['increment', 200, { items: ['increment'] }],
    ['failure', 500, { items: [], note: 'ring twice' }],
  ])('may be frozen: %s', async (end, status, cart) => {
    const browser = shop.browser();
    await browser.post('/note');
    const signal = AbortSignal.timeout(30_000);
    expect((await browser.fetch(`/frozen/${end}`, { method: 'POST', signal })).status).toBe(status);
    const { cart: stored, stats } = await browser.json<Data>('/');
    expect(stored).toEqual(cart);
    expect(stats?.views).toBe(status === 500 ? undefined : Number(end === 'increment'));
  });

  it('may be frozen while another request changes the same', async () => {
    const browser = shop.browser();
    await browser.post('/note');
    const arrived = gate.hold('first');
    const first = browser.post('/frozen/first');
    await arrived;
    await browser.post('/frozen/second');
    gate.release('first');
    expect((await first).status).toBe(200);
    const { cart } = await browser.json<Data>('/');
    expect([...(cart?.items ?? [])].sort()).toEqual(['first', 'second']);
  });

  it('are seen through a reference to a set that was taken before a save', async () => {
    const browser = shop.browser();
    await browser.post('/tags');
    expect(await browser.json('/tags')).toEqual(['before', 'after']);
  });

  it('are noticed in a gap of a list', async () => {
    const browser = shop.browser();
    await browser.post('/answers/2');
    await browser.post('/answers/0');
    const { answers } = await browser.json<Data>('/');
    expect(answers).toEqual(['answer 0', null, 'answer 2']);
  });
});
