// @ts-check

/** The cookies of one browser, as far as names and values go. */
export class CookieJar {
  /** @type {Map<string, string>} */
  #cookies = new Map();
  /** The field that a request sends; empty without cookies. */
  field = '';

  /** @param {readonly string[]} cookies  Pairs of name and value. */
  keep(cookies) {
    if (cookies.length === 0) return;
    for (const cookie of cookies) {
      const separator = cookie.indexOf('=');
      this.#cookies.set(cookie.slice(0, separator), cookie.slice(separator + 1));
    }
    const pairs = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`);
    this.field = `Cookie: ${pairs.join('; ')}\r\n`;
  }
}
