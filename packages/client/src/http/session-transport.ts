/** The part of the platform's `fetch` the client uses. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

/**
 * How the session travels: in a browser by the browser's own cookies, in Node by the cookie jar of
 * `@understudy/client/node`. An application that carries the id in a header wraps `fetch`.
 */
export interface SessionTransport {
  /** Value of a cookie the client may read, as it is now; `undefined` when there is none. */
  readCookie?(name: string, url: string): string | undefined;
  /**
   * True when an error of `fetch` proves that no connection came about. Without it every network
   * failure counts as "may have been sent", which is all a browser tells.
   */
  neverConnected?(error: unknown): boolean;
}

/** The browser's cookies. */
export const browserTransport: SessionTransport = {
  readCookie(name, url) {
    // The cookies of this page's site are nobody else's business.
    if (!globalThis.document || new URL(url, location.href).origin !== location.origin) {
      return undefined;
    }
    return `; ${document.cookie}`.split(`; ${name}=`)[1]?.split(';')[0];
  },
};
