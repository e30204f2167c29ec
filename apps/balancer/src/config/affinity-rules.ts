import { ROUTE_COOKIE_NAMES, SESSION_COOKIE_NAMES } from '../contract.js';
import { type AffinityMethod, describeMethod, ownCookieUse } from '../routing/affinity.js';
import type { NodeCookieOptions } from '../routing/node-cookie.js';
import type { Fault } from './field.js';
import { COOKIE_DOMAIN, COOKIE_NAME, COOKIE_PATH, SECRET_CHARACTERS } from './sections/cookie.js';

export interface AffinityChoice {
  readonly affinity: readonly AffinityMethod[];
  readonly cookie: NodeCookieOptions;
  readonly cookieSecrets: readonly string[];
}

/** What is sound by itself and cannot be had together. */
export function affinityFaults(choice: AffinityChoice): Fault[] {
  return [...methodFaults(choice.affinity), ...cookieFaults(choice)];
}

function methodFaults(affinity: readonly AffinityMethod[]): Fault[] {
  const faults: Fault[] = [];
  const told = affinity.map(describeMethod);
  for (const [at, method] of affinity.entries()) {
    const fault = (expected: string) => {
      faults.push({ where: '', path: `affinity[${at}]`, shown: told[at] ?? '', expected });
    };
    if (told.indexOf(told[at] ?? '') < at) fault('each method once');
    if (method.by === 'route' && at > 0) fault('route before every other method');
  }
  const users = affinity.filter((method) => ownCookieUse([method]) !== undefined);
  if (users.length > 1) {
    const shown = users.map(describeMethod).join(', ');
    const expected = 'one method that uses the cookie of the balancer';
    faults.push({ where: '', path: 'affinity', shown, expected });
  }
  return faults;
}

/** A cookie that browsers would refuse brings nobody back, and nobody would be told. */
function cookieFaults({ affinity, cookie, cookieSecrets }: AffinityChoice): Fault[] {
  const use = ownCookieUse(affinity);
  if (use === undefined) return [];
  const { name, path, domain, sameSite, secure } = cookie;
  const faults: Fault[] = [];
  const fault = (key: string, shown: unknown, expected: string) => {
    faults.push({
      where: '',
      path: `cookie.${key}`,
      shown: JSON.stringify(shown) ?? 'undefined',
      expected,
    });
  };
  if (!COOKIE_NAME.test(name)) fault('name', name, 'a cookie name');
  if (!COOKIE_PATH.test(path)) fault('path', path, 'a path that begins with /');
  if (domain !== undefined && !COOKIE_DOMAIN.test(domain)) fault('domain', domain, 'a host name');
  if (cookieSecrets.some((secret) => secret.length < SECRET_CHARACTERS)) {
    const expected = `texts of at least ${SECRET_CHARACTERS} characters`;
    faults.push({ where: '', path: 'cookie.secrets', shown: undefined, expected });
  }
  const taken = [...ROUTE_COOKIE_NAMES, ...SESSION_COOKIE_NAMES, use.boundTo];
  if (taken.includes(name)) fault('name', name, 'a name that no other cookie has');
  const isHost = /^__host-/i.test(name);
  const isPrefixed = isHost || /^__secure-/i.test(name);
  if (isPrefixed && secure !== true) fault('secure', secure, `true for a cookie called ${name}`);
  if (isHost && domain !== undefined) fault('domain', domain, `none for a cookie called ${name}`);
  if (isHost && path !== '/') fault('path', path, `/ for a cookie called ${name}`);
  if (sameSite === 'none' && secure !== true) fault('secure', secure, 'true with sameSite none');
  if (cookieSecrets.length === 0) {
    const expected = 'a secret to sign it with (BALANCER_COOKIE_SECRETS), or a keyring of the bus';
    faults.push({ where: '', path: 'cookie.secrets', shown: 'undefined', expected });
  }
  return faults;
}
