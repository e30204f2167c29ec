import { type CookieOptions, type CookiePolicy, cookiePolicy } from '../cookie/cookie-policy.js';
import { SessionOptionError } from '../errors.js';
import { isCookieDomain } from './cookie-domain.js';
import type { OptionNames } from './option-names.js';

export const COOKIE_OPTION_NAMES: OptionNames<CookieOptions> = {
  name: true,
  secure: true,
  sameSite: true,
  domain: true,
  path: true,
  partitioned: true,
  priority: true,
};

export interface NormalizedCookie {
  readonly cookies: CookiePolicy;
}

export function normalizeCookie(options: CookieOptions | undefined): NormalizedCookie {
  const cookies = cookiePolicy(options);
  if (cookies.domain !== undefined && !isCookieDomain(cookies.domain)) {
    const expected = 'the name of a host, or of a domain above it';
    throw new SessionOptionError('cookie.domain', cookies.domain, expected);
  }
  return { cookies };
}
