/** Where the token of the next unsafe request comes from. */
export interface CsrfTokens {
  /** The token to send to `url` now; read for each attempt, never cached by the caller. */
  read(url: string): string | undefined;
  /** Takes in the `csrfToken` of an answer of `GET /session`. */
  learn(token: string | null | undefined, url: string): void;
  /** The session is over; only the cookie counts until the next answer. */
  forget(): void;
}

/**
 * The cookie is the first source, since another tab or a login may have changed it. A token learnt
 * from `GET /session` wins for as long as the cookie is what it was then: the cookie may be
 * unreadable, or a stale one the server has just refused.
 */
export function createCsrfTokens(readCookie: (url: string) => string | undefined): CsrfTokens {
  let learnt: string | undefined;
  let cookieThen: string | undefined;
  return {
    read(url) {
      const cookie = readCookie(url);
      return cookie === cookieThen ? (learnt ?? cookie) : cookie;
    },
    learn(token, url) {
      learnt = token ?? undefined;
      cookieThen = readCookie(url);
    },
    forget() {
      learnt = undefined;
    },
  };
}
