import { type CookieOptions, type CookiePolicy, cookiePolicy } from '../cookie/cookie-policy.js';
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
  return { cookies: cookiePolicy(options) };
}
