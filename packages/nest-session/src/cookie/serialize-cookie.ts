import { SessionUsageError } from '../errors.js';
import { MAX_COOKIE_BYTES } from '../limits.js';

/** With which requests of other sites a browser sends a cookie (RFC 6265bis §5.6.7). */
export type SameSite = 'lax' | 'strict' | 'none';

/** Which cookies a browser with too many of one site drops first (Chromium). */
export type CookiePriority = 'low' | 'medium' | 'high';

/** Attributes of a cookie (RFC 6265bis §4.1). */
export interface CookieAttributes {
  readonly path: string;
  readonly domain?: string | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
  readonly partitioned?: boolean | undefined;
  readonly priority?: CookiePriority | undefined;
  /** Seconds. Absent: until the browser closes. 0: the browser forgets the cookie now. */
  readonly maxAgeSeconds?: number | undefined;
}

const SAME_SITE_TEXT: Readonly<Record<SameSite, string>> = {
  lax: 'Lax',
  strict: 'Strict',
  none: 'None',
};

const PRIORITY_TEXT: Readonly<Record<CookiePriority, string>> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
};

/**
 * Renders a `Set-Cookie` value. Name and value are ours, so nothing needs escaping. Throws when it is
 * larger than what browsers take: they would drop it in silence.
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  let text = `${name}=${value}; Path=${attributes.path}`;
  if (attributes.domain !== undefined) text += `; Domain=${attributes.domain}`;
  if (attributes.maxAgeSeconds !== undefined) {
    text += `; Max-Age=${attributes.maxAgeSeconds}`;
    // Clients that do not know Max-Age still forget a cookie of 1970.
    if (attributes.maxAgeSeconds === 0) text += '; Expires=Thu, 01 Jan 1970 00:00:00 GMT';
  }
  if (attributes.httpOnly) text += '; HttpOnly';
  if (attributes.secure) text += '; Secure';
  text += `; SameSite=${SAME_SITE_TEXT[attributes.sameSite]}`;
  if (attributes.partitioned) text += '; Partitioned';
  if (attributes.priority) text += `; Priority=${PRIORITY_TEXT[attributes.priority]}`;
  // All of it is ASCII: a character is a byte.
  if (text.length <= MAX_COOKIE_BYTES) return text;
  throw new SessionUsageError(
    `the cookie ${name} would take ${text.length} bytes, browsers take ${MAX_COOKIE_BYTES}`,
  );
}
