import { ROUTE_COOKIE_NAMES } from '../contract.js';
import { type HeaderList, valuesOf } from '../proxy/header-list.js';
import type { NodeCookie } from './node-cookie.js';
import type { RoutingPolicy } from './policy.js';
import { cookieSource } from './request-values.js';

export interface SetterOptions {
  readonly nodeCookie: NodeCookie;
  /** The application's cookie it goes along with. */
  readonly boundTo: string | undefined;
  /** What a route cookie says is enough. */
  readonly passesRoutes: boolean;
  readonly cookieLimit: number;
}

type CookieFor = NonNullable<RoutingPolicy['cookieFor']>;

/** Sets the cookie when the client has none that says the same, and so once. */
export function cookieSetter(options: SetterOptions): CookieFor {
  const { nodeCookie, boundTo, passesRoutes, cookieLimit } = options;
  const own = cookieSource(nodeCookie.options.name, cookieLimit);
  const application = boundTo === undefined ? undefined : cookieSource(boundTo, cookieLimit);
  return (facts, route, { label, headers }) => {
    if (passesRoutes && route.kind === 'session') return undefined;
    const value = application && valueAfter(setCookies(headers), boundTo ?? '', application(facts));
    if (application !== undefined && value === undefined) return undefined;
    const says = own(facts).some((one) => {
      return nodeCookie.read(one, (known) => known === label, value)?.isNewest === true;
    });
    if (says || mayBeShared(headers)) return undefined;
    if (passesRoutes && setCookies(headers).some(isRouteCookie)) return undefined;
    return nodeCookie.write(label, value, facts.connection.protocol);
  };
}

function setCookies(headers: HeaderList): string[] {
  return valuesOf(headers, 'set-cookie');
}

function isRouteCookie(setCookie: string): boolean {
  return ROUTE_COOKIE_NAMES.some((name) => setCookie.startsWith(`${name}=`));
}

/** The application's cookie as the client will have it; undefined without one. */
function valueAfter(
  given: readonly string[],
  name: string,
  sent: readonly string[],
): string | undefined {
  const last = given.findLast((setCookie) => setCookie.startsWith(`${name}=`));
  if (last === undefined) return sent[0];
  const [pair = '', ...attributes] = last.split(';');
  const value = pair.slice(name.length + 1).trim();
  return value === '' || isPast(attributes) ? undefined : value;
}

/** Whether the browser is to forget the cookie. `Max-Age` wins (RFC 6265 §4.1.2.2). */
function isPast(attributes: readonly string[]): boolean {
  const pairs = attributes.map((attribute) => {
    const [key = '', value = ''] = attribute.split('=');
    return [key.trim().toLowerCase(), value.trim()] as const;
  });
  const of = (wanted: string) => pairs.find(([key]) => key === wanted)?.[1];
  const [maxAge, expires] = [of('max-age'), of('expires')];
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

/** One copy for all would bring all of them to one node. */
function mayBeShared(headers: HeaderList): boolean {
  return valuesOf(headers, 'cache-control').some((value) => /\b(?:public|s-maxage)\b/i.test(value));
}
