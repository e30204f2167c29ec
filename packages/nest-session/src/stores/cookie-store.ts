import { SessionOptionError } from '../errors.js';
import { withheld } from '../options/option-names.js';
import { NoSessions } from './sealed/no-sessions.js';
import { COOKIE_LABEL } from './sealed/request-session.js';
import type { SessionStoreSource } from './session-store-source.js';
import { standaloneCluster } from './standalone-cluster.js';

/** What `cookieStore()` takes. */
export interface CookieStoreOptions {
  /**
   * For whom sessions are: one of another audience is refused, also under the same secret. 1 to 64
   * characters. Default `session`.
   */
  readonly audience?: string | undefined;
}

const MAX_AUDIENCE_CHARACTERS = 64;

/**
 * Sessions in their own cookie, encrypted (JWE, `dir` with A256GCM): the server keeps nothing. For little
 * data, up to about 2.5 KB, that nobody must be able to end from elsewhere: a copy of the cookie works
 * until its time is over, also after a logout. Of parallel requests that write, the last answer wins.
 *
 * What cannot be had is refused: at start `limits.perPrincipal`, `limits.newSessions`, `timeouts.renew`,
 * `idempotency` and `@Idempotent()`, `onConflict: 'reject'`, `@SessionLock()`, `@RateLimit()` other than by
 * node, `legacyCookies`, and transports other than cookies; where they are called `update()`, `increment()`
 * and `SessionService`. A session that does not fit is answered 413 before the headers leave.
 */
export function cookieStore(options: CookieStoreOptions = {}): SessionStoreSource {
  if (typeof options !== 'object' || options === null) {
    throw new SessionOptionError('cookieStore options', options, 'an object with audience');
  }
  for (const [name, value] of Object.entries(options)) {
    if (name === 'audience') continue;
    const expected = 'no such option; there is audience';
    throw new SessionOptionError(`cookieStore ${name}`, withheld(value), expected);
  }
  const { audience = 'session' } = options;
  const isText = typeof audience === 'string';
  if (!isText || audience === '' || audience.length > MAX_AUDIENCE_CHARACTERS) {
    const expected = `text of 1 to ${MAX_AUDIENCE_CHARACTERS} characters`;
    throw new SessionOptionError('cookieStore audience', audience, expected);
  }
  const nothing = new NoSessions();
  return {
    name: 'cookieStore()',
    hasLocks: false,
    inCookies: { audience, tellEnd: (key, reason) => nothing.tellEnd(key, reason) },
    start: async () => standaloneCluster(nothing, COOKIE_LABEL),
  };
}
