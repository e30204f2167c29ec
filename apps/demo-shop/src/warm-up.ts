import { createSessionClient, type SessionClient } from '@understudy/client';
import { nodeTransport } from '@understudy/client/node';
import type { ShopSettings } from './settings.js';
import { type RunningShop, startShop } from './start-shop.js';

/** What a balancer says of a node that refused it; nobody has this name. */
const AFTER_A_FAILURE = { 'X-Understudy-Failed-Node': 'nobody' };

/**
 * Serves a visitor of its own before anybody else can come, in a shop that nobody hears of: no bus, no
 * Redis, no journal, a port of its own. It is closed when this resolves.
 *
 * The failure prevented: a node that was started a moment ago takes over from one that dies, and the
 * first change it ever makes is the one that somebody waits for, with all code still to be compiled.
 *
 * @throws Whatever keeps the shop from starting or answering; the node would not get further.
 */
export async function warmUp(settings: ShopSettings): Promise<void> {
  const rounds = settings.warmUpRounds;
  if (rounds === 0) return;
  const shop = await startShop(unheardOf(settings));
  try {
    await shopFor(rounds, shop);
  } finally {
    await shop.close();
  }
}

function unheardOf(settings: ShopSettings): ShopSettings {
  return {
    ...settings,
    host: '127.0.0.1',
    port: 0,
    publicUrl: undefined,
    bus: undefined,
    redisUrl: undefined,
    journalPath: undefined,
  };
}

async function shopFor(rounds: number, { url }: RunningShop): Promise<void> {
  const visitor = createSessionClient({ baseUrl: url, ...nodeTransport() });
  try {
    const sku = await firstArticle(visitor);
    for (let round = 0; round < rounds; round++) {
      const headers = round % 2 === 0 ? AFTER_A_FAILURE : {};
      await visitor.post('/api/cart/items', { sku, quantity: 1 }, { headers });
      await visitor.get('/api/cart', { headers });
    }
    await visitor.logout();
  } finally {
    visitor.dispose();
  }
}

async function firstArticle(visitor: SessionClient): Promise<string | undefined> {
  const products = await visitor.get('/api/products').json<{ sku: string }[]>();
  return products[0]?.sku;
}
