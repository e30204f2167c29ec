import type { FetchFunction, SessionTransport } from '../http/session-transport.js';
import { CookieJar } from './cookie-jar.js';
import { REDIRECT_LIMIT } from './limits.js';
import { neverConnected } from './never-connected.js';
import { type Hop, nextHop } from './redirect.js';

export interface NodeTransportOptions {
  /** Where cookies are kept. Default: a new jar, so each client is a visitor of its own. */
  readonly jar?: CookieJar;
  /** What sends the requests. Default: the platform's `fetch`. */
  readonly fetch?: FetchFunction;
  /** Redirects followed in one request. Default 20; `0` hands every redirect to the caller. */
  readonly maxRedirects?: number;
}

/** Spread it into the options of `createSessionClient`. */
export interface NodeTransport {
  /** A `fetch` that keeps cookies; of use without the client too. */
  readonly fetch: FetchFunction;
  readonly transport: SessionTransport;
  readonly jar: CookieJar;
}

/**
 * Cookies for a client outside a browser. Redirects are followed here and not by the platform, whose
 * own following would lose the cookies set on the way (a login that answers 302).
 *
 * @example
 * const client = createSessionClient({ baseUrl, ...nodeTransport() });
 *
 * @throws TypeError when `maxRedirects` is not a whole number of at least 0
 */
export function nodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const { jar = new CookieJar(), maxRedirects = REDIRECT_LIMIT } = options;
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  if (!Number.isInteger(maxRedirects) || maxRedirects < 0) {
    throw new TypeError(`option maxRedirects is ${maxRedirects}, expected an integer from 0`);
  }

  const fetchWithCookies: FetchFunction = async (url, init) => {
    let hop: Hop = { url, init };
    for (let redirects = 0; ; redirects += 1) {
      const response = await sendHop(hop, jar, send).catch((cause) => {
        // The first request was answered: that the second never left says nothing about it.
        throw redirects === 0 ? cause : new TypeError('fetch failed after a redirect', { cause });
      });
      jar.setAll(response.headers, hop.url);
      if (maxRedirects === 0) return response;
      const next = nextHop(hop, {
        status: response.status,
        location: response.headers.get('location'),
      });
      if (!next) return response;
      // An unread body would keep its connection from the next request.
      await response.body?.cancel();
      if (redirects === maxRedirects) throw new TypeError(`more than ${maxRedirects} redirects`);
      hop = next;
    }
  };

  return {
    jar,
    fetch: fetchWithCookies,
    transport: { neverConnected, readCookie: (name, url) => jar.get(name, url) },
  };
}

async function sendHop({ url, init }: Hop, jar: CookieJar, send: FetchFunction): Promise<Response> {
  const headers = new Headers(init.headers);
  const cookies = [headers.get('cookie'), jar.header(url)].filter(Boolean).join('; ');
  if (cookies) headers.set('Cookie', cookies);
  return send(url, { ...init, headers, redirect: 'manual' });
}
