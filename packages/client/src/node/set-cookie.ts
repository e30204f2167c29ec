import { parseCookieDate } from './cookie-date.js';
import {
  COOKIE_AGE_LIMIT_MS,
  COOKIE_ATTRIBUTE_LENGTH_LIMIT,
  COOKIE_LENGTH_LIMIT,
} from './limits.js';

/** A cookie as a jar keeps it; plain JSON. */
export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  /** Lower case, without a leading dot. */
  readonly domain: string;
  /** True when only exactly `domain` gets it, and none of its sub-domains. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Milliseconds since 1970; `null` for a session cookie. In the past: the cookie is deleted. */
  readonly expiresAtMs: number | null;
}

/** One `Set-Cookie` header taken apart, not yet judged. */
interface ParsedHeader {
  readonly name: string;
  readonly value: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Reads a `Set-Cookie` header received from `url` (RFC 6265bis §5.6 and §5.7).
 *
 * @param nowMs milliseconds since 1970
 * @returns `undefined` when the cookie must be ignored: malformed, too large, for a foreign domain,
 *   or breaking the promise of its `__Host-` or `__Secure-` prefix
 */
export function parseSetCookie(header: string, url: URL, nowMs: number): StoredCookie | undefined {
  const parsed = splitHeader(header);
  if (!parsed) return undefined;
  const { name, value, attributes } = parsed;
  const domain = domainOf(attributes.get('domain') ?? '', url.hostname);
  if (domain === undefined) return undefined;
  const secure = attributes.has('secure');
  const path = attributes.get('path') ?? '';
  if (secure && url.protocol !== 'https:') return undefined;
  if (!keepsPrefixPromise({ name, value, secure, attributes })) return undefined;
  return {
    name,
    value,
    domain: domain || url.hostname,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url.pathname),
    secure,
    httpOnly: attributes.has('httponly'),
    expiresAtMs: expiryOf(attributes, nowMs),
  };
}

function splitHeader(header: string): ParsedHeader | undefined {
  // Control characters end up in other people's headers.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(header)) return undefined;
  const [pair = '', ...rest] = header.split(';');
  const at = pair.indexOf('=');
  const name = at < 0 ? '' : pair.slice(0, at).trim();
  const value = pair.slice(at + 1).trim();
  if (name.length + value.length === 0) return undefined;
  if (name.length + value.length > COOKIE_LENGTH_LIMIT) return undefined;
  const attributes = new Map<string, string>();
  for (const attribute of rest) {
    const [key = '', ...parts] = attribute.split('=');
    const text = parts.join('=').trim();
    if (text.length <= COOKIE_ATTRIBUTE_LENGTH_LIMIT)
      attributes.set(key.trim().toLowerCase(), text);
  }
  return { name, value, attributes };
}

/**
 * The domain a cookie asks for; empty for "this host only", `undefined` when it may not have it.
 *
 * There is no public-suffix list here: a domain of one label ("com", "localhost") is granted only to
 * the host of that name, which is enough for a client that talks to one site.
 */
function domainOf(attribute: string, host: string): string | undefined {
  const domain = attribute.replace(/^\./, '').toLowerCase();
  if (domain === '') return '';
  if (domain === host) return isIpAddress(host) || !host.includes('.') ? '' : domain;
  const isParent = host.endsWith(`.${domain}`) && domain.includes('.') && !isIpAddress(host);
  return isParent ? domain : undefined;
}

export function isIpAddress(host: string): boolean {
  return host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host);
}

function keepsPrefixPromise({
  name,
  value,
  secure,
  attributes,
}: ParsedHeader & { readonly secure: boolean }): boolean {
  // A nameless cookie is sent as its value alone and must not look like a prefixed one.
  const shown = (name === '' ? value : name).toLowerCase();
  if (name === '' && /^__(host|secure)-/.test(shown)) return false;
  if (shown.startsWith('__secure-')) return secure;
  if (!shown.startsWith('__host-')) return true;
  return secure && !attributes.get('domain') && attributes.get('path') === '/';
}

function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
}

function expiryOf(attributes: ReadonlyMap<string, string>, nowMs: number): number | null {
  const maxAge = attributes.get('max-age') ?? '';
  if (/^-?\d+$/.test(maxAge)) {
    const ageMs = Number(maxAge) * 1000;
    return ageMs <= 0 ? 0 : nowMs + Math.min(ageMs, COOKIE_AGE_LIMIT_MS);
  }
  const expiresAtMs = parseCookieDate(attributes.get('expires') ?? '');
  if (expiresAtMs === undefined) return null;
  return Math.min(expiresAtMs, nowMs + COOKIE_AGE_LIMIT_MS);
}
