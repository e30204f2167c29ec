export type SameSite = 'lax' | 'strict' | 'none';

/** Attributes of a cookie (RFC 6265bis §4.1). */
export interface CookieAttributes {
  readonly path: string;
  readonly domain?: string | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
  /** Seconds. Absent: until the browser closes. 0: the browser forgets the cookie now. */
  readonly maxAgeSeconds?: number | undefined;
}

const SAME_SITE_TEXT: Readonly<Record<SameSite, string>> = {
  lax: 'Lax',
  strict: 'Strict',
  none: 'None',
};

/** Renders a `Set-Cookie` value. Name and value are ours, so nothing needs escaping. */
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
  return `${text}; SameSite=${SAME_SITE_TEXT[attributes.sameSite]}`;
}
