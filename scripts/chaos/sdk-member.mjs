// @ts-check
import { createSessionClient, isSessionError } from '@understudy/client';
import { CookieJar, nodeTransport } from '@understudy/client/node';
import { GHOST_TIMEOUT_MS } from './limits.mjs';
import { sdkShop, toCart } from './sdk-shop.mjs';

/**
 * @typedef {import('./member.mjs').MemberShop} MemberShop
 * @typedef {import('./member.mjs').Glimpse} Glimpse
 */

/**
 * A shopper with an account. What its cookies of some moment still show is asked of every node.
 *
 * @param {string} url  Of the balancer.
 * @param {() => readonly string[]} nodeUrls
 * @param {import('./sdk-shop.mjs').Patience} patience
 * @param {import('@understudy/client/node').NodeTransport} transport
 * @returns {MemberShop & import('./sdk-shop.mjs').SdkShop}
 */
export function sdkMember(url, nodeUrls, patience, transport) {
  const client = createSessionClient({ baseUrl: url, ...patience, ...transport });
  const account = (/** @type {string} */ name) => ({
    username: name,
    password: `${name}-secret-1`,
  });
  return {
    ...sdkShop(url, nodeUrls, patience, transport),
    register: (name) => attempt(() => client.post('/api/register', account(name))),
    login: (name) => attempt(() => client.post('/api/login', account(name))),
    logout: () => attempt(() => client.post('/api/logout')),
    async readCart() {
      const answer = await client.get('/api/cart').catch(() => null);
      return answer && toCart(/** @type {any} */ (answer.data));
    },
    ghost() {
      const kept = transport.jar.toJSON();
      return async () => {
        const seen = await Promise.all(nodeUrls().map((nodeUrl) => glimpse(nodeUrl, kept)));
        return seen.filter((each) => each !== null);
      };
    },
  };
}

/**
 * @param {string} baseUrl  Of a node, which may be down.
 * @param {import('@understudy/client/node').SerializedCookieJar} cookies
 * @returns {Promise<Glimpse | null>} Null when it said nothing.
 */
async function glimpse(baseUrl, cookies) {
  const look = async (/** @type {string} */ path) => {
    const { fetch } = nodeTransport({ jar: CookieJar.fromJSON(cookies) });
    const signal = AbortSignal.timeout(GHOST_TIMEOUT_MS);
    const response = await fetch(baseUrl + path, { method: 'GET', headers: {}, signal });
    return response.ok ? /** @type {any} */ (await response.json()) : null;
  };
  try {
    const [who, cart] = [await look('/api/whoami'), await look('/api/cart')];
    return { principal: who?.principal?.id ?? null, cart: cart ? toCart(cart) : {} };
  } catch {
    return null;
  }
}

/**
 * @param {() => Promise<{ attempts: number }>} send
 * @returns {Promise<import('./member.mjs').Done>}
 */
async function attempt(send) {
  try {
    const { attempts } = await send();
    return { ok: true, attempts };
  } catch (error) {
    if (!isSessionError(error)) throw error;
    const { code, status, message, attempts } = error;
    return { ok: false, reason: `${code} (${status ?? 'no answer'}): ${message}`, attempts };
  }
}
