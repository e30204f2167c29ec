// @ts-check
import { CookieJar } from '../http/cookie-jar.mjs';

/** @typedef {import('../http/keep-alive-client.mjs').KeepAliveClient} KeepAliveClient */

const JSON_FIELDS = 'Accept: application/json\r\nContent-Type: application/json\r\n';

/** A client of the demo shop that keeps account of what it was promised. */
export class Shopper {
  #jar = new CookieJar();
  #csrfToken = '';
  /** Pieces in the basket, as far as they were acknowledged. */
  acknowledged = 0;
  /** Pieces that it asked for: whether those without an answer are there is not known. */
  asked = 0;

  /** @param {KeepAliveClient} client */
  async enter(client) {
    const { csrfToken } = JSON.parse(await this.#send(client, 'GET', '/session?csrf=1'));
    this.#csrfToken = `X-CSRF-Token: ${csrfToken}\r\n`;
  }

  /** @param {KeepAliveClient} client */
  async look(client) {
    return piecesIn(await this.#send(client, 'GET', '/api/cart'));
  }

  /** @param {KeepAliveClient} client @param {string} sku */
  async add(client, sku) {
    this.asked++;
    const body = JSON.stringify({ sku, quantity: 1 });
    const pieces = piecesIn(await this.#send(client, 'POST', '/api/cart/items', body));
    this.acknowledged++;
    return pieces;
  }

  /** @param {KeepAliveClient} client @param {string} method @param {string} path @param {string} [body] */
  async #send(client, method, path, body) {
    const token = method === 'POST' ? this.#csrfToken : '';
    const headers = JSON_FIELDS + this.#jar.field + token;
    const answer = await client.request(method, path, headers, body);
    this.#jar.keep(answer.cookies);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body}`);
  }
}

/** @param {string} cart */
function piecesIn(cart) {
  const { items } = /** @type {{ items: { quantity: number }[] }} */ (JSON.parse(cart));
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}
