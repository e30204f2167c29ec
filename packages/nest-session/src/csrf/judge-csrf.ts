import { timingSafeEqual } from 'node:crypto';
import { isSafeMethod } from '../http/contract.js';
import { isSameHost } from '../http/same-host.js';

/** What the CSRF check looks at. */
export interface CsrfFacts {
  readonly method: string;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
  /** `Origin`. */
  readonly origin: string | undefined;
  /** Host and port the client asked for. */
  readonly host: string | undefined;
  readonly trustedOrigins: readonly string[];
  /** The session's token; undefined when the request has no session, and so nothing to forge. */
  readonly expected: string | undefined;
  /** The token the request carries. */
  readonly given: string | undefined;
}

/**
 * Judges a request: undefined when it may pass, else the reason. The browser's own word comes
 * first, because it also covers requests without a session, such as a forged login; then the
 * synchroniser token, which covers clients that say nothing about their origin.
 *
 * Source: OWASP CSRF Prevention Cheat Sheet; Fetch Metadata (W3C).
 */
export function judgeCsrf(facts: CsrfFacts): string | undefined {
  if (isSafeMethod(facts.method)) return undefined;
  if (comesFromAnotherSite(facts)) return 'the request comes from another site';
  if (facts.expected === undefined) return undefined;
  if (facts.given === undefined) return 'the CSRF token is missing';
  return sameText(facts.expected, facts.given) ? undefined : 'the CSRF token is wrong';
}

function comesFromAnotherSite({ fetchSite, origin, host, trustedOrigins }: CsrfFacts): boolean {
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  // `none` is the user: an address typed in, a bookmark.
  if (fetchSite !== undefined) return fetchSite !== 'same-origin' && fetchSite !== 'none';
  if (origin === undefined) return false;
  return !URL.canParse(origin) || !isSameHost(new URL(origin), host);
}

/** Compares in a time that does not depend on where the texts differ. */
function sameText(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}
