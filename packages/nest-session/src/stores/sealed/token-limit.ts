import type { CookiePolicy } from '../../cookie/cookie-policy.js';
import { serializeCookie } from '../../cookie/serialize-cookie.js';
import { MAX_COOKIE_BYTES } from '../../limits.js';

/** The longest `Max-Age` that browsers take, 400 days. */
const LONGEST_SECONDS = 400 * 24 * 3600;

/** How long a token may be so that its cookie, with all attributes, is one that browsers keep. */
export function tokenLimit(name: string, policy: CookiePolicy): number {
  const { path, domain, sameSite, partitioned, priority } = policy;
  const around = serializeCookie(name, '', {
    ...{ path, domain, sameSite, partitioned, priority },
    secure: true,
    httpOnly: true,
    maxAgeSeconds: LONGEST_SECONDS,
  });
  return MAX_COOKIE_BYTES - around.length;
}
