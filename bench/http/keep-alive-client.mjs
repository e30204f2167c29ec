// @ts-check
import { connect } from 'node:net';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {readonly string[]} cookies  `name=value` of each `Set-Cookie`.
 * @property {string} body
 */

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const SET_COOKIE = /\r\nset-cookie: *([^;\r]+)/gi;

/**
 * One connection that stays open, one request at a time. Reads no more of an answer than it must:
 * what the generator uses of the processors the measured application lacks.
 */
export class KeepAliveClient {
  #socket;
  /** @type {Buffer} */
  #received = Buffer.alloc(0);
  /** @type {{ resolve: (answer: Answer) => void, reject: (error: Error) => void } | undefined} */
  #waiting;

  /** @param {number} port */
  constructor(port) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  /** False when the other side has closed it, as it does with connections that nobody uses. */
  get isOpen() {
    return !this.#socket.destroyed;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} headers  Each with its line break.
   * @param {string} [body]  Of ASCII.
   * @returns {Promise<Answer>}
   */
  request(method, path, headers, body = '') {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const length = method === 'POST' ? `Content-Length: ${body.length}\r\n` : '';
      this.#socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}${headers}\r\n${body}`,
        'latin1',
      );
    });
  }

  close() {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const bodyEnd = bodyStart + Number(LENGTH.exec(head)?.[1] ?? Number.NaN);
    const waiting = this.#waiting;
    if (Number.isNaN(bodyEnd)) waiting?.reject(new Error(`an answer without a length: ${head}`));
    if (!(this.#received.length >= bodyEnd)) return;
    const body = this.#received.toString('latin1', bodyStart, bodyEnd);
    this.#received = Buffer.alloc(0);
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), cookies: cookiesOf(head), body });
  }
}

/** @param {string} head */
function cookiesOf(head) {
  if (!head.includes('et-')) return [];
  return Array.from(head.matchAll(SET_COOKIE), ([, cookie]) => cookie ?? '');
}
