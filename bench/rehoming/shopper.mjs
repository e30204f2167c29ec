// @ts-check

/** @typedef {import('../http/keep-alive-client.mjs').KeepAliveClient} KeepAliveClient */

const JSON_FIELDS = 'Accept: application/json\r\nContent-Type: application/json\r\n';

/** A client of the demo shop that keeps account of what it was promised. */
export class Shopper {
  /** @type {Map<string, string>} */
  #cookies = new Map();
  #headers = JSON_FIELDS;
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
    const headers = method === 'POST' ? this.#headers + this.#csrfToken : this.#headers;
    const answer = await client.request(method, path, headers, body);
    this.#keep(answer.cookies);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body}`);
  }

  /** @param {readonly string[]} cookies */
  #keep(cookies) {
    if (cookies.length === 0) return;
    for (const cookie of cookies) {
      const separator = cookie.indexOf('=');
      this.#cookies.set(cookie.slice(0, separator), cookie.slice(separator + 1));
    }
    const pairs = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`);
    this.#headers = `${JSON_FIELDS}Cookie: ${pairs.join('; ')}\r\n`;
  }
}

/** @param {string} cart */
function piecesIn(cart) {
  const { items } = /** @type {{ items: { quantity: number }[] }} */ (JSON.parse(cart));
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}
