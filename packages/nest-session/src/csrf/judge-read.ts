/** What the browser says about a request that only reads. */
export interface ReadFacts {
  readonly method: string;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  /** `Sec-Fetch-Mode`. */
  readonly fetchMode: string | undefined;
  /** `Sec-Fetch-Dest`. */
  readonly fetchDest: string | undefined;
  /** `Origin`. */
  readonly origin: string | undefined;
  readonly trustedOrigins: readonly string[];
}

/** What a browser says it loads a whole page for, `empty` in advance; anything else is embedded. */
const WHOLE_PAGE: ReadonlySet<string | undefined> = new Set([undefined, 'document', 'empty']);

/** Whether a browser says that another site asks. Cheap: nearly every request ends here. */
export function isCrossSite(fetchSite: string | undefined): boolean {
  return fetchSite === 'cross-site';
}

/**
 * Judges a read of something that belongs to a session: true when another site loads or embeds it.
 * Links that the user follows pass, and so does what says nothing, such as clients without a
 * browser.
 *
 * Source: Fetch Metadata (W3C), resource isolation policy.
 */
export function isForeignRead(facts: ReadFacts): boolean {
  const { method, fetchSite, fetchMode, fetchDest, origin, trustedOrigins } = facts;
  if (!isCrossSite(fetchSite)) return false;
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  const isLink =
    (method === 'GET' || method === 'HEAD') &&
    fetchMode === 'navigate' &&
    WHOLE_PAGE.has(fetchDest);
  return !isLink;
}
