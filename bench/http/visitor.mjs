// @ts-check

/** @typedef {import('./keep-alive-client.mjs').KeepAliveClient} KeepAliveClient */

/** A browser as far as a session is concerned: its cookies, and what it was promised. */
export class Visitor {
  /** @type {Map<string, string>} */
  #cookies = new Map();
  #header = '';
  /** What the engine calls the session; empty where the peers' ids are not shown. */
  key = '';
  /** Writes that were answered. */
  answered = 0;

  /** @param {KeepAliveClient} client @param {number} bytes */
  async begin(client, bytes) {
    const { status, cookies, body } = await client.request(
      'POST',
      '/begin',
      `X-Bytes: ${bytes}\r\n`,
    );
    if (status !== 200) throw new Error(`a session was not begun: ${status} ${body}`);
    this.#keep(cookies);
    this.key = JSON.parse(body).key;
  }

  /** A cookie as long as the others' where there are no sessions: a browser would send one as well. */
  pretend() {
    this.#keep([`sid=${'x'.repeat(96)}`, `sid-route=${'x'.repeat(48)}`]);
  }

  /** @param {KeepAliveClient} client @param {string} method @param {string} path */
  async send(client, method, path) {
    const { status, cookies, body } = await client.request(method, path, this.#header);
    if (status !== 200) throw new Error(`${method} ${path} was answered ${status}: ${body}`);
    if (cookies.length > 0) this.#keep(cookies);
    if (path === '/write') this.answered++;
    return body;
  }

  /** @param {readonly string[]} cookies */
  #keep(cookies) {
    for (const cookie of cookies) {
      const separator = cookie.indexOf('=');
      this.#cookies.set(cookie.slice(0, separator), cookie.slice(separator + 1));
    }
    const pairs = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`);
    this.#header = `Cookie: ${pairs.join('; ')}\r\n`;
  }
}
