import { SessionOptionError } from '../errors.js';
import {
  CSRF_COOKIE_SUFFIX,
  PLAIN_COOKIE_NAME,
  ROUTE_COOKIE_SUFFIX,
  SECURE_COOKIE_NAME,
} from '../http/contract.js';
import { oneOf } from '../options/one-of.js';
import type { CookiePriority, SameSite } from './serialize-cookie.js';

/** How the session cookies look. The defaults are the strongest form that always works. */
export interface CookieOptions {
  /**
   * Name of the id cookie over https. Default `__Host-sid`. Over plain http the same without its
   * prefix, because browsers refuse prefixed cookies there.
   */
  readonly name?: string | undefined;
  /**
   * `auto` (default): `Secure` when the request came over https. `true`: no cookie is ever sent
   * over plain http. `false`: never `Secure`, and no prefix.
   */
  readonly secure?: boolean | 'auto' | undefined;
  /** Default `lax`. `none` is for pages embedded by other sites and needs `secure: true`. */
  readonly sameSite?: SameSite | undefined;
  /** Shares the cookie with subdomains; gives up the `__Host-` prefix. Default: this host only. */
  readonly domain?: string | undefined;
  /** Default `/`. Anything else gives up the `__Host-` prefix. */
  readonly path?: string | undefined;
  /**
   * Keeps the cookie apart for each site that embeds the page (CHIPS); needs `secure: true`. Default
   * `false`. Goes with `sameSite: 'none'`: without it embedded pages get no cookie at all.
   */
  readonly partitioned?: boolean | undefined;
  /** What Chromium drops last when a site has too many cookies. Default: not said, `medium`. */
  readonly priority?: CookiePriority | undefined;
}

/** The options with every choice made. */
export interface CookiePolicy {
  /** Over https. */
  readonly secureName: string;
  /** Over plain http. */
  readonly plainName: string;
  readonly secure: boolean | 'auto';
  readonly sameSite: SameSite;
  readonly domain: string | undefined;
  readonly path: string;
  readonly partitioned: boolean;
  readonly priority: CookiePriority | undefined;
}

/** The three cookies of a session. */
export interface CookieNames {
  readonly id: string;
  readonly route: string;
  readonly csrf: string;
  /** The three of them. */
  readonly all: ReadonlySet<string>;
}

/** A token of RFC 9110 §5.6.2, which is what RFC 6265 lets a cookie be called. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const PREFIX = /^__(?:Host|Secure|Http|HostHttp)-/i;
/** Prefixes that promise a cookie no script can read, which the CSRF cookie is not. */
const HTTP_PREFIX = /^__(?:Host-?)?Http-/i;
const DOMAIN = /^(?!-)[a-z0-9.-]{1,253}$/i;
const PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/;

/**
 * Makes the choices and refuses combinations that no browser would accept, with the reason: a
 * cookie that is dropped in silence is the hardest login bug to find.
 */
export function cookiePolicy(options: CookieOptions = {}): CookiePolicy {
  const secure = options.secure ?? 'auto';
  const sameSite = options.sameSite ?? 'lax';
  const path = options.path ?? '/';
  const name = options.name ?? defaultName(options);
  const { domain, partitioned = false, priority } = options;
  checkForms({ name, secure, sameSite, path, domain, partitioned, priority });
  checkRelations({ name, secure, sameSite, path, domain, partitioned, priority });
  return {
    secureName: name,
    plainName: name.replace(PREFIX, ''),
    secure,
    sameSite,
    domain,
    path,
    partitioned,
    priority,
  };
}

function defaultName({ secure, domain, path = '/' }: CookieOptions): string {
  if (secure === false) return PLAIN_COOKIE_NAME;
  return domain === undefined && path === '/' ? SECURE_COOKIE_NAME : '__Secure-sid';
}

interface Choices {
  readonly name: string;
  readonly secure: boolean | 'auto';
  readonly sameSite: SameSite;
  readonly path: string;
  readonly domain: string | undefined;
  readonly partitioned: boolean;
  readonly priority: CookiePriority | undefined;
}

function checkForms(choices: Choices): void {
  const { name, secure, sameSite, path, domain } = choices;
  if (typeof name !== 'string' || !COOKIE_NAME.test(name) || name.replace(PREFIX, '') === '') {
    throw new SessionOptionError('cookie.name', name, 'a cookie name of 1 to 64 characters');
  }
  if (![true, false, 'auto'].includes(secure)) {
    throw new SessionOptionError('cookie.secure', secure, "true, false or 'auto'");
  }
  if (!['lax', 'strict', 'none'].includes(sameSite)) {
    throw new SessionOptionError('cookie.sameSite', sameSite, "'lax', 'strict' or 'none'");
  }
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw new SessionOptionError('cookie.path', path, "a path that starts with '/'");
  }
  if (domain !== undefined && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    throw new SessionOptionError('cookie.domain', domain, 'a host name');
  }
  oneOf('cookie.partitioned', choices.partitioned, [true, false]);
  oneOf('cookie.priority', choices.priority ?? 'medium', ['low', 'medium', 'high']);
}

function checkRelations(choices: Choices): void {
  checkPrefix(choices);
  const { secure, sameSite, partitioned } = choices;
  if (sameSite === 'none' && secure !== true) {
    throw new SessionOptionError(
      'cookie.secure',
      secure,
      'true, because browsers drop SameSite=None cookies that are not Secure',
    );
  }
  if (partitioned && secure !== true) {
    throw new SessionOptionError(
      'cookie.secure',
      secure,
      'true, because browsers drop Partitioned cookies that are not Secure',
    );
  }
}

function checkPrefix({ name, secure, path, domain }: Choices): void {
  if (HTTP_PREFIX.test(name)) {
    throw new SessionOptionError(
      'cookie.name',
      name,
      'another prefix, because the CSRF cookie shares the name and scripts read it',
    );
  }
  const hostPrefix = /^__Host/i.test(name);
  if (hostPrefix && domain !== undefined) {
    throw new SessionOptionError(
      'cookie.domain',
      domain,
      `no domain, because browsers drop a ${name} cookie that has one; choose a __Secure- name`,
    );
  }
  if (hostPrefix && path !== '/') {
    throw new SessionOptionError(
      'cookie.path',
      path,
      `'/', because browsers drop a ${name} cookie of any other path; choose a __Secure- name`,
    );
  }
  if (PREFIX.test(name) && secure === false) {
    throw new SessionOptionError(
      'cookie.secure',
      secure,
      `true or 'auto', because browsers drop a ${name} cookie that is not Secure`,
    );
  }
}

/**
 * The cookie names a request of this security uses; undefined when the policy forbids cookies over
 * plain http. A request over https never gets the plain name: anyone on the path of an earlier
 * plain request could have planted that cookie.
 */
export function cookieNames(
  policy: CookiePolicy,
  requestIsSecure: boolean,
): CookieNames | undefined {
  if (policy.secure === true && !requestIsSecure) return undefined;
  const id = requestIsSecure && policy.secure !== false ? policy.secureName : policy.plainName;
  return namesOf(id);
}

/** Of the two ids a policy has; every request asks. */
const known = new Map<string, CookieNames>();

function namesOf(id: string): CookieNames {
  const before = known.get(id);
  if (before) return before;
  const route = id + ROUTE_COOKIE_SUFFIX;
  const csrf = id + CSRF_COOKIE_SUFFIX;
  const names: CookieNames = { id, route, csrf, all: new Set([id, route, csrf]) };
  known.set(id, names);
  return names;
}
