/** The part of the platform's `fetch` the client uses. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

/**
 * How the session travels. In a browser that is the browser's own cookies; `@understudy/client/node`
 * brings a cookie jar; an application may put the id into a header of its own.
 */
export interface SessionTransport {
  /** Value of a cookie the client may read, as it is now; `undefined` when there is none. */
  readCookie?(name: string, url: string): string | undefined;
  /** Adds what identifies the session to the headers of a request about to be sent. */
  attach?(headers: Headers, url: string): void;
  /** Sees every response, before anything else does. */
  receive?(response: Response, url: string): void;
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
    if (!globalThis.document || new URL(url).origin !== location.origin) return undefined;
    const entries = document.cookie.split('; ');
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  },
};
