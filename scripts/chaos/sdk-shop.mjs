// @ts-check
import { createSessionClient, isSessionError } from '@understudy/client';
import { nodeTransport } from '@understudy/client/node';
import { SETTLE_DEADLINE_MS, WINDOW_TIMEOUT_MS } from './limits.mjs';
import { readFromEach } from './read-from-each.mjs';
import { sessionHandle } from './watched-fetch.mjs';

/**
 * @typedef {import('./shopper.mjs').Cart} Cart
 * @typedef {{ items: readonly { sku: string, quantity: number }[] }} CartAnswer
 *
 * @typedef {import('./shopper.mjs').Shop & import('./all-protected.mjs').Guarded} SdkShop
 *
 * @typedef {Pick<import('@understudy/client').SessionClientOptions, 'retry' | 'timeout'>} Patience
 *   How long a shopper waits for an answer.
 */

/**
 * A shopper's way to the shop: the client SDK as any script would use it, with its repetitions.
 *
 * @param {string} url  Of the balancer.
 * @param {() => readonly string[]} nodeUrls  Asked in the end, past the balancer, for their view.
 * @param {Patience} patience
 * @param {import('@understudy/client/node').NodeTransport} transport  One jar: cookies know hosts,
 *   not ports, so every node is sent what the balancer is sent.
 * @returns {SdkShop}
 */
export function sdkShop(url, nodeUrls, patience, transport) {
  const client = createSessionClient({ baseUrl: url, ...patience, ...transport });
  const handle = () => sessionHandle(transport.jar.header(url));
  return {
    add: (sku, quantity) => addThrough(client, sku, quantity),
    look: () => answerOf(() => client.get('/api/cart')),
    async readCarts() {
      const timeout = { attemptMs: SETTLE_DEADLINE_MS, totalMs: SETTLE_DEADLINE_MS };
      const read = async (/** @type {string} */ baseUrl) => {
        const { data } = await createSessionClient({ baseUrl, timeout, ...transport }).get(
          '/api/cart',
        );
        return toCart(/** @type {CartAnswer} */ (data));
      };
      return [await read(url), ...(await readFromEach(nodeUrls, read))];
    },
    handle,
    async copies() {
      if (handle() === '') return null;
      const { data } = await client.get('/api/whoami', { passive: true });
      // Without an owner the node could not find out just now: that is no copy, and asked again.
      return /** @type {{ backups: readonly string[] }} */ (data).backups;
    },
  };
}

/**
 * The same, with two windows that each speak to a node of their own.
 *
 * @param {string} url
 * @param {() => readonly string[]} nodeUrls
 * @param {Patience} patience
 * @param {import('@understudy/client/node').NodeTransport} transport
 * @returns {SdkShop & import('./pair.mjs').PairShop}
 */
export function sdkPairShop(url, nodeUrls, patience, transport) {
  // The node may be down for a while; it is not waited for.
  const timeout = { attemptMs: WINDOW_TIMEOUT_MS, totalMs: WINDOW_TIMEOUT_MS };
  return {
    ...sdkShop(url, nodeUrls, patience, transport),
    addAt: (baseUrl, sku, quantity) =>
      addThrough(createSessionClient({ baseUrl, timeout, ...transport }), sku, quantity),
  };
}

/**
 * @param {import('@understudy/client').SessionClient} client  Gives every addition a key.
 * @param {string} sku
 * @param {number} quantity
 * @returns {Promise<import('./shopper.mjs').Answer>}
 */
function addThrough(client, sku, quantity) {
  return answerOf(() => client.post('/api/cart/items', { sku, quantity }));
}

/**
 * @param {() => Promise<import('@understudy/client').SessionResponse>} send
 * @returns {Promise<import('./shopper.mjs').Answer>}
 */
async function answerOf(send) {
  try {
    const { data, attempts, session } = await send();
    const cart = toCart(/** @type {CartAnswer} */ (data));
    return { ok: true, cart, attempts, copies: session?.copies };
  } catch (error) {
    if (!isSessionError(error)) throw error;
    const { outcome, attempts, code, message, status, node = 'nobody' } = error;
    const answer = status ?? 'no answer';
    const reason = `${code} (${answer}) from ${node}, ${outcome}: ${message}`;
    return { ok: false, unknown: outcome === 'unknown', reason, attempts };
  }
}

/**
 * @param {string} url  Of the balancer.
 * @param {number} count
 * @returns {Promise<string[]>} The first articles of the catalogue.
 */
export async function readArticles(url, count) {
  const client = createSessionClient({ baseUrl: url, ...nodeTransport() });
  const { data } = await client.get('/api/products');
  const products = /** @type {readonly { sku: string }[]} */ (data);
  return products.slice(0, count).map(({ sku }) => sku);
}

/** @param {CartAnswer} answer @returns {Cart} */
export function toCart({ items }) {
  return Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]));
}
