import { SessionOptionError } from '../errors.js';
import type { LegacyStore } from '../legacy/legacy-store.js';
import { MAX_SECRETS } from '../limits.js';
import type { PrincipalInput } from '../session/principal.js';
import { isCookieDomain } from './cookie-domain.js';
import type { OptionNames } from './option-names.js';

/** Where the sessions of an application lie that used express-session until now. */
export interface LegacyCookieOptions {
  /** The cookie it set. Default `connect.sid`. */
  readonly name?: string | undefined;
  /** What it signed its cookies with: its `secret`, or all of them. */
  readonly secret: string | readonly string[];
  /** Its Store, or another one on the same data; each session is read and then destroyed there. */
  readonly store: LegacyStore;
  /**
   * Who is signed in, from the properties of an old session; `null` for nobody. The principal of
   * guards and decorators. Default: nobody, the properties alone are taken over.
   */
  readonly principal?:
    | ((data: Readonly<Record<string, unknown>>) => PrincipalInput | null | undefined)
    | undefined;
  /** Path of the old cookie, so that the browser forgets it. Default `/`. */
  readonly path?: string | undefined;
  /** Domain of the old cookie. Default: none. */
  readonly domain?: string | undefined;
}

export const LEGACY_COOKIE_OPTION_NAMES: OptionNames<LegacyCookieOptions> = {
  name: true,
  secret: true,
  store: true,
  principal: true,
  path: true,
  domain: true,
};

export interface LegacyPolicy extends Omit<LegacyCookieOptions, 'secret'> {
  readonly name: string;
  readonly secrets: readonly string[];
  readonly path: string;
}

export interface NormalizedLegacyCookies {
  /** Undefined: old cookies mean nothing. */
  readonly legacyCookies: LegacyPolicy | undefined;
}

const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/;

export function normalizeLegacyCookies(
  options: LegacyCookieOptions | undefined,
): NormalizedLegacyCookies {
  if (options === undefined) return { legacyCookies: undefined };
  const { name = 'connect.sid', secret, store, principal, path = '/', domain } = options;
  check('name', name, COOKIE_NAME.test(name), 'the name of a cookie');
  check('path', path, PATH.test(path), 'a path that begins with /');
  check('domain', domain, isNoneOrDomain(domain), 'a host name');
  const isStore = typeof store?.get === 'function' && typeof store?.destroy === 'function';
  check('store', store, isStore, 'a Store of express-session');
  const isFunction = principal === undefined || typeof principal === 'function';
  check('principal', principal, isFunction, 'a function of the old properties');
  return { legacyCookies: { name, secrets: secretsOf(secret), store, principal, path, domain } };
}

function isNoneOrDomain(domain: unknown): boolean {
  return domain === undefined || (typeof domain === 'string' && isCookieDomain(domain));
}

/** The message never shows a secret. */
function secretsOf(secret: string | readonly string[]): readonly string[] {
  const secrets = [secret].flat();
  const usable = secrets.every((text) => typeof text === 'string' && text !== '');
  const isCount = secrets.length > 0 && secrets.length <= MAX_SECRETS;
  const expected = `1 to ${MAX_SECRETS} texts, as express-session was given them`;
  check('secret', `${secrets.length} values`, usable && isCount, expected);
  return secrets;
}

function check(option: string, value: unknown, isGood: boolean, expected: string): void {
  if (!isGood) throw new SessionOptionError(`legacyCookies.${option}`, value, expected);
}
