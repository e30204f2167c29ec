// @ts-check
import { CookieJar } from './cookie-jar.mjs';

/** @typedef {import('./keep-alive-client.mjs').KeepAliveClient} KeepAliveClient */

/** A browser as far as a session is concerned: its cookies, and what it was promised. */
export class Visitor {
  #jar = new CookieJar();
  /** What the engine calls the session; empty where the peers' ids are not shown. */
  key = '';
  /** Writes that were answered. */
  answered = 0;

  /** What a request sends of its cookies, as a header field. */
  get field() {
    return this.#jar.field;
  }

  /** @param {readonly string[]} cookies */
  keep(cookies) {
    this.#jar.keep(cookies);
  }

  /** @param {KeepAliveClient} client @param {number} bytes @param {number} at  Its place among all. */
  async begin(client, bytes, at) {
    const { status, cookies, body } = await client.request(
      'POST',
      '/begin',
      `X-Bytes: ${bytes}\r\nX-At: ${at}\r\n`,
    );
    if (status !== 200) throw new Error(`a session was not begun: ${status} ${body}`);
    this.#jar.keep(cookies);
    this.key = JSON.parse(body).key;
  }

  /** A cookie as long as the others' where there are no sessions: a browser would send one as well. */
  pretend() {
    this.#jar.keep([`sid=${'x'.repeat(96)}`, `sid-route=${'x'.repeat(48)}`]);
  }

  /** @param {KeepAliveClient} client @param {string} method @param {string} path */
  async send(client, method, path) {
    const { status, cookies, body } = await client.request(method, path, this.#jar.field);
    if (status !== 200) throw new Error(`${method} ${path} was answered ${status}: ${body}`);
    this.#jar.keep(cookies);
    if (path === '/write') this.answered++;
    return body;
  }
}
