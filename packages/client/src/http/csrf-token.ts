import type { SessionTransport } from './session-transport.js';

/** Names of the CSRF cookie and header. */
export interface CsrfPolicy {
  /**
   * Cookies that may hold the token, first match wins.
   * Default `['__Host-sid-csrf', 'sid-csrf']`.
   */
  readonly cookies: readonly string[];
  /** Header the token is sent in. Default `X-CSRF-Token`. */
  readonly header: string;
}

/** Where the token of the next unsafe request comes from. */
export interface CsrfTokens {
  /** The cookie's token as it is now; empty when there is none that can be read. */
  cookie(url: string): string;
  /** The token to send to `url` now; read for each attempt, never cached by the caller. */
  current(url: string): string;
  /** Takes in the `csrfToken` of an answer of `GET /session`; nothing, when the session is over. */
  learn(token?: string | null, url?: string): void;
}

/**
 * The cookie is the first source, since another tab or a login may have changed it. A token learnt
 * from `GET /session` wins for as long as the cookie is what it was then: the cookie may be
 * unreadable, or a stale one the server has just refused.
 */
export function createCsrfTokens(
  names: readonly string[],
  transport: SessionTransport,
): CsrfTokens {
  let learnt = '';
  let cookieThen = '';
  const cookie = (url: string) =>
    names.map((name) => transport.readCookie?.(name, url)).find(Boolean) ?? '';
  return {
    cookie,
    current: (url) => (cookie(url) === cookieThen && learnt) || cookie(url),
    learn(token, url) {
      learnt = token ?? '';
      cookieThen = url ? cookie(url) : '';
    },
  };
}
