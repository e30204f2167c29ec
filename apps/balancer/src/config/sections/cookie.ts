import { DEFAULT_NODE_COOKIE } from '../../routing/node-cookie.js';
import { section, type Written } from '../field.js';
import { choice, fieldOf, flag, number, text } from '../fields.js';
import { textsOf } from '../lists.js';

const { name, path, domain, sameSite, secure, httpOnly, maxAge, passOn } = DEFAULT_NODE_COOKIE;
const restart = true;
const MAX_SECRETS = 4;
export const SECRET_CHARACTERS = 32;

/** Source: RFC 6265 §4.1.1 (`token`). */
export const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
export const COOKIE_PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/;
export const COOKIE_DOMAIN =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** The cookie in which the balancer notes a client's node; for `cookie` and `learn`. */
export const COOKIE = section({
  name: text({ fallback: name, restart }, '1 to 64 characters of a cookie name', COOKIE_NAME),
  path: text({ fallback: path, restart }, 'a path that begins with /', COOKIE_PATH),
  domain: text<string | undefined>(
    { fallback: domain, restart },
    'a host name without a dot before it',
    COOKIE_DOMAIN,
  ),
  sameSite: choice<typeof sameSite>({ fallback: sameSite, restart }, ['strict', 'lax', 'none']),
  secure: fieldOf<boolean | 'auto'>(
    { fallback: secure, restart },
    'auto, true or false',
    (value) => {
      if (value === 'auto') return value;
      if (value === true || value === 'true') return true;
      return value === false || value === 'false' ? false : undefined;
    },
  ),
  httpOnly: flag({ fallback: httpOnly, restart }),
  maxAge: ageOf(),
  passOn: flag({ fallback: passOn, restart }),
  secrets: fieldOf<readonly string[] | undefined>(
    { fallback: undefined, restart },
    `1 to ${MAX_SECRETS} texts of at least ${SECRET_CHARACTERS} characters, newest first`,
    secretsOf,
    true,
  ),
});

function ageOf() {
  // Browsers cap it at 400 days by themselves.
  const range = { from: 1, to: 34_560_000, unit: 'seconds' };
  const field = number({ fallback: 0, restart }, range);
  return { ...field, fallback: maxAge as number | undefined };
}

function secretsOf(value: Written): readonly string[] | undefined {
  const texts = textsOf(value);
  const isSound = texts?.every((secret) => secret.length >= SECRET_CHARACTERS) ?? false;
  return isSound && texts && texts.length <= MAX_SECRETS ? texts : undefined;
}
