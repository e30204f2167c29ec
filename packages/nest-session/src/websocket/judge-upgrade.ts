import { isSameHost } from '../http/same-host.js';

/** What an upgrade is judged by. */
export interface UpgradeFacts {
  /** Path with query. */
  readonly target: string;
  /** It came over TLS, as far as trusted proxies tell. */
  readonly secure: boolean;
  /** Host and port the client asked for. */
  readonly host: string | undefined;
  /** `Origin`, which every browser sends with an upgrade. */
  readonly origin: string | undefined;
  /** Name of the parameter by which ids come in addresses elsewhere. */
  readonly tokenParameter: string;
  readonly requireTls: boolean;
  readonly origins: readonly string[];
}

/**
 * Why a WebSocket may have no session; undefined: it may. Cookies come with upgrades that any page
 * causes, and neither SameSite nor CORS nor a token keeps those out: the origin is all there is. A client
 * that names none is no browser.
 *
 * Source: ASVS 5.0 V4.4; OWASP WebSocket Security Cheat Sheet.
 */
export function judgeUpgrade(facts: UpgradeFacts): string | undefined {
  if (facts.requireTls && !facts.secure) return 'sockets need TLS';
  // It lies in logs by now; a socket is no reason to put it there again.
  if (hasToken(facts)) return 'a session token does not belong into an address';
  if (facts.origin !== undefined && isForeign(facts.origin, facts)) {
    return 'the page is of another origin';
  }
  return undefined;
}

function hasToken({ target, tokenParameter }: UpgradeFacts): boolean {
  const query = target.indexOf('?');
  return query >= 0 && new URLSearchParams(target.slice(query)).has(tokenParameter);
}

function isForeign(origin: string, { host, secure, origins }: UpgradeFacts): boolean {
  if (origins.includes(origin)) return false;
  if (!URL.canParse(origin)) return true;
  const its = new URL(origin);
  if (!isSameHost(its, host)) return true;
  // Behind a proxy that nobody trusts, TLS is not ours to know; the other way round it is.
  return its.protocol !== 'https:' && (secure || its.protocol !== 'http:');
}
