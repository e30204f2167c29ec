import { COOKIES_PER_HOST_LIMIT, COOKIES_PER_JAR_LIMIT } from './limits.js';
import { isIpAddress, parseSetCookie, type StoredCookie } from './set-cookie.js';

/** A jar as JSON. It holds session ids: whoever has it is signed in. */
export interface SerializedCookieJar {
  readonly version: 1;
  readonly cookies: readonly StoredCookie[];
}

/**
 * Keeps cookies as a browser would (the part of RFC 6265bis a same-site client needs): host, domain,
 * path, `Secure`, expiry and name prefixes. Without a public-suffix list and without `SameSite`, it
 * is for a client of one site and not for crawling the web.
 *
 * As in browsers, ports do not separate cookies: two servers on 127.0.0.1 share them.
 */
export class CookieJar {
  /** In the order of creation, which is also the order in which they are evicted. */
  #cookies: readonly StoredCookie[] = [];
  readonly #now: () => number;

  /** @param now milliseconds since 1970; default `Date.now` */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Restores a jar from `toJSON()`.
   *
   * @throws TypeError when the value is not a serialised jar
   */
  static fromJSON(json: SerializedCookieJar, now?: () => number): CookieJar {
    if (json?.version !== 1 || !Array.isArray(json.cookies) || !json.cookies.every(isStored)) {
      throw new TypeError('not a serialised cookie jar: expected { version: 1, cookies: [...] }');
    }
    const jar = new CookieJar(now);
    for (const cookie of json.cookies) jar.#put({ ...cookie });
    return jar;
  }

  /**
   * Stores what one `Set-Cookie` header of a response from `url` says; returns whether it was
   * accepted.
   */
  set(header: string, url: string | URL): boolean {
    const target = new URL(url);
    const cookie = parseSetCookie(header, target, this.#now());
    if (!cookie || (target.protocol !== 'https:' && this.#shadowsSecure(cookie))) return false;
    this.#put(cookie);
    return true;
  }

  /** Stores every `Set-Cookie` of a response from `url`. */
  setAll(headers: Headers, url: string | URL): void {
    for (const header of headers.getSetCookie()) this.set(header, url);
  }

  /** Value of the `Cookie` header for a request to `url`; empty when there is nothing to send. */
  header(url: string | URL): string {
    return this.#matching(new URL(url))
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ');
  }

  /** Value of the cookie that a request to `url` would carry under this name. */
  get(name: string, url: string | URL): string | undefined {
    return this.#matching(new URL(url)).find((cookie) => cookie.name === name)?.value;
  }

  clear(): void {
    this.#cookies = [];
  }

  toJSON(): SerializedCookieJar {
    this.#dropExpired();
    return { version: 1, cookies: this.#cookies };
  }

  #matching(url: URL): readonly StoredCookie[] {
    this.#dropExpired();
    return this.#cookies
      .filter((cookie) => isSentTo(cookie, url))
      .toSorted((left, right) => right.path.length - left.path.length);
  }

  #put(cookie: StoredCookie): void {
    const at = this.#cookies.findIndex((other) => isSameCookie(other, cookie));
    const kept = at < 0 ? [...this.#cookies, cookie] : this.#cookies.with(at, cookie);
    this.#cookies = kept;
    // First, or one that only deletes would push out the oldest, which is mostly the session's.
    this.#dropExpired();
    this.#cookies = evictOldest(this.#cookies, cookie.domain);
  }

  #dropExpired(): void {
    const nowMs = this.#now();
    this.#cookies = this.#cookies.filter(
      ({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs,
    );
  }

  /** A page over http must not plant a cookie in place of a secure one (RFC 6265bis §5.7). */
  #shadowsSecure({ name, domain, path }: StoredCookie): boolean {
    return this.#cookies.some(
      (other) =>
        other.secure &&
        other.name === name &&
        (isWithin(other.domain, domain) || isWithin(domain, other.domain)) &&
        isPathWithin(path, other.path),
    );
  }
}

function isSentTo(cookie: StoredCookie, url: URL): boolean {
  const { hostname, pathname, protocol } = url;
  if (cookie.secure && protocol !== 'https:') return false;
  const isHost = cookie.hostOnly ? hostname === cookie.domain : isWithin(hostname, cookie.domain);
  return isHost && isPathWithin(pathname, cookie.path);
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !isIpAddress(host));
}

function isPathWithin(pathname: string, path: string): boolean {
  if (!pathname.startsWith(path)) return false;
  return pathname.length === path.length || path.endsWith('/') || pathname[path.length] === '/';
}

function isSameCookie(left: StoredCookie, right: StoredCookie): boolean {
  return (
    left.name === right.name &&
    left.domain === right.domain &&
    left.hostOnly === right.hostOnly &&
    left.path === right.path
  );
}

function evictOldest(cookies: readonly StoredCookie[], domain: string): readonly StoredCookie[] {
  let excess = cookies.filter((cookie) => cookie.domain === domain).length - COOKIES_PER_HOST_LIMIT;
  return cookies
    .filter((cookie) => cookie.domain !== domain || excess-- <= 0)
    .slice(-COOKIES_PER_JAR_LIMIT);
}

function isStored(cookie: unknown): cookie is StoredCookie {
  if (typeof cookie !== 'object' || cookie === null) return false;
  const { name, value, domain, path, hostOnly, secure, httpOnly, expiresAtMs } =
    cookie as Partial<StoredCookie>;
  return (
    [name, value, domain, path].every((field) => typeof field === 'string') &&
    [hostOnly, secure, httpOnly].every((field) => typeof field === 'boolean') &&
    (expiresAtMs === null || typeof expiresAtMs === 'number')
  );
}
