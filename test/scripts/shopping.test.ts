import { afterEach, describe, expect, it } from 'vitest';
import { CallLog } from '../../scripts/chaos/call-log.mjs';
import { PAUSE_MAX_MS } from '../../scripts/chaos/limits.mjs';
import { seededRandom } from '../../scripts/chaos/random.mjs';
import { runShopping } from '../../scripts/chaos/run-shopping.mjs';
import { Shopper } from '../../scripts/chaos/shopper.mjs';
import { isClean, type Verdict } from '../../scripts/chaos/verdict.mjs';
import { Weather } from '../../scripts/chaos/weather.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { type Manners, ToyShop, toyClient } from './toy-shop.js';

/** A cart of its own for every visit. */
function visits(url: string, name: string) {
  let count = 0;
  return () => toyClient(url, `${name}-${++count}`);
}

type ShopperSpec = ConstructorParameters<typeof Shopper>[0];

/** Buys tea alone, unless told otherwise, and nothing that anybody else knows of. */
function shopperAt(url: string, name: string, parts: Partial<ShopperSpec> = {}) {
  return new Shopper({
    name,
    enter: visits(url, name),
    maxPerArticle: 20,
    articles: ['tea'],
    random: seededRandom(1),
    pauseMaxMs: PAUSE_MAX_MS,
    log: new CallLog(),
    weather: new Weather(),
    ...parts,
  });
}

describe('a shopping run against a toy shop', () => {
  const open: ToyShop[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((shop) => shop.close()));
  });

  /** Three shoppers, about fifty additions, one of them (the twentieth) treated differently. */
  async function shopWith(manners: Manners): Promise<Verdict> {
    let served = 0;
    const toy = new ToyShop((request) => {
      served = request;
      return request === 19 ? manners : 'honest';
    });
    open.push(toy);
    const url = await toy.open();
    const log = new CallLog();
    const shoppers = ['ada', 'bob', 'eve'].map((name, index) =>
      shopperAt(url, name, { articles: ['tea', 'mug'], random: seededRandom(index), log }),
    );
    const disturb = async () => {
      await waitFor('fifty additions', () => served >= 50, { deadlineMs: 10_000 });
      return [];
    };
    return runShopping({ shoppers, log, disturb, undisturbedMs: 1 });
  }

  it('is clean when every answer was true', async () => {
    const verdict = await shopWith('honest');
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, failed: 0, stale: 0, faults: [] });
    expect(verdict.acknowledged).toBeGreaterThan(50);
    expect(isClean(verdict)).toBe(true);
  });

  it('finds an acknowledged addition that was not stored', async () => {
    const verdict = await shopWith('loses');
    expect(verdict.lost).toBeGreaterThan(0);
    expect(verdict.doubled).toBe(0);
    expect(verdict.faults[0]).toMatch(/has \d+ of \d+ × (tea|mug)/);
    expect(isClean(verdict)).toBe(false);
  });

  it('finds an addition that was stored twice', async () => {
    const verdict = await shopWith('doubles');
    expect(verdict.doubled).toBeGreaterThan(0);
    expect(verdict.lost).toBe(0);
  });

  it.each(['unknown-stored', 'unknown-dropped'] as const)(
    'counts %s as failed only',
    async (how) => {
      expect(await shopWith(how)).toMatchObject({ lost: 0, doubled: 0, failed: 1, faults: [] });
    },
  );

  it('finds an addition that was stored by half', async () => {
    const verdict = await shopWith('unknown-halved');
    expect(verdict.doubled).toBeGreaterThan(0);
    expect(verdict.failed).toBe(1);
  });

  it('counts a refused addition as failed only', async () => {
    expect(await shopWith('refuses')).toMatchObject({ lost: 0, doubled: 0, failed: 1 });
  });

  it('finds an answer that forgot earlier ones, though the cart is right in the end', async () => {
    const verdict = await shopWith('stale');
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, failed: 0, stale: 1 });
    expect(isClean(verdict)).toBe(false);
  });

  it('begins a new visit when the cart is full, and still watches the old ones', async () => {
    const toy = new ToyShop((request) => (request === 3 ? 'loses' : 'honest'));
    open.push(toy);
    const shopper = shopperAt(await toy.open(), 'ada', { maxPerArticle: 6 });
    for (let i = 0; i < 200; i++) await shopper.addOne();
    // Bounded, though far more visits were made.
    expect(shopper.sessions).toHaveLength(25);
    expect(await shopper.checkOut()).toMatchObject([{ sku: 'tea', doubled: 0 }]);
    expect(shopper.acknowledged).toBeGreaterThanOrEqual(200);
  });

  it('looks at the cart as often as it does not add, and misses what is not shown', async () => {
    const toy = new ToyShop(() => 'loses');
    open.push(toy);
    const log = new CallLog();
    const parts = { maxPerArticle: 9_999, posts: 0.3, log };
    const shopper = shopperAt(await toy.open(), 'ada', parts);
    for (let i = 0; i < 200; i++) await shopper.shopOnce();
    expect(log.calls).toBe(200);
    expect(log.posts).toBeGreaterThan(40);
    expect(log.posts).toBeLessThan(80);
    // Every answer, be it to an addition or to a look, shows less than was acknowledged.
    expect(log.stale).toBe(200);
  });

  it('still checks the carts when one shopper cannot go on, and says who', async () => {
    const toy = new ToyShop(() => 'loses');
    open.push(toy);
    const log = new CallLog();
    const url = await toy.open();
    const shopper = (name: string) => shopperAt(url, name, { pauseMaxMs: 1, log });
    const [ada, bob] = [shopper('ada'), shopper('bob')];
    bob.shop = () => Promise.reject(new Error('the cart of before is out of reach'));
    const disturb = async () => [];
    const verdict = await runShopping({ shoppers: [ada, bob], log, disturb, undisturbedMs: 30 });
    expect(verdict.faults[0]).toBe('bob could not go on: the cart of before is out of reach');
    expect(verdict.lost).toBe(verdict.acknowledged);
    expect(verdict.lost).toBeGreaterThan(0);
  });

  it('still checks the carts when disturbing failed', async () => {
    const toy = new ToyShop(() => 'loses');
    open.push(toy);
    const log = new CallLog();
    const shopper = shopperAt(await toy.open(), 'ada', { log });
    const disturb = () => Promise.reject(new Error('n2 never came back'));
    const verdict = await runShopping({ shoppers: [shopper], log, disturb, undisturbedMs: 1 });
    expect(verdict.faults[0]).toBe('n2 never came back');
    expect(verdict.lost).toBe(verdict.acknowledged);
  });
});
