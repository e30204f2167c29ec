import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import { type CookieOptions, cookieNames, cookiePolicy } from './cookie-policy.js';

describe('cookiePolicy', () => {
  test.each<[string, CookieOptions, boolean, string | undefined]>([
    ['the default over https is host-bound', {}, true, '__Host-sid'],
    ['the default over http has no prefix', {}, false, 'sid'],
    ['secure: true sends nothing over http', { secure: true }, false, undefined],
    ['secure: false is plain everywhere', { secure: false }, true, 'sid'],
    ['a domain gives up __Host-', { domain: 'shop.example' }, true, '__Secure-sid'],
    ['a path gives up __Host-', { path: '/shop' }, true, '__Secure-sid'],
    ['a name of its own keeps its prefix over https', { name: '__Host-shop' }, true, '__Host-shop'],
    ['a name of its own loses its prefix over http', { name: '__Host-shop' }, false, 'shop'],
  ])('%s', (_name, options, secure, expected) => {
    expect(cookieNames(cookiePolicy(options), secure)?.id).toBe(expected);
  });

  test('route and CSRF cookie share the name', () => {
    expect(cookieNames(cookiePolicy(), true)).toMatchObject({
      id: '__Host-sid',
      route: '__Host-sid-route',
      csrf: '__Host-sid-csrf',
    });
  });

  test.each<[string, CookieOptions, RegExp]>([
    [
      'a domain with __Host-',
      { name: '__Host-sid', domain: 'a.example' },
      /cookie\.domain .*no domain/,
    ],
    ['a path with __Host-', { name: '__Host-sid', path: '/a' }, /cookie\.path .*'\/'/],
    ['a prefix without Secure', { name: '__Secure-sid', secure: false }, /cookie\.secure is false/],
    ['SameSite=None without Secure', { sameSite: 'none' }, /cookie\.secure .*SameSite=None/],
    ['Partitioned without Secure', { partitioned: true }, /cookie\.secure is "auto".*Partitioned/],
    ['Partitioned that is none', { partitioned: 1 as never }, /cookie\.partitioned is 1/],
    ['an unknown priority', { priority: 'top' as 'high' }, /cookie\.priority is "top"/],
    ['a name no script may read', { name: '__Http-sid' }, /cookie\.name .*scripts read it/],
    ['such a name of a host', { name: '__Host-Http-sid' }, /cookie\.name .*scripts read it/],
    ['a name with a space', { name: 'my sid' }, /cookie\.name is "my sid"/],
    ['a name that is only a prefix', { name: '__Host-' }, /cookie\.name/],
    ['a path that would inject an attribute', { path: '/; Domain=x' }, /cookie\.path/],
    ['a domain that would inject an attribute', { domain: 'x; Secure' }, /cookie\.domain/],
    ['an unknown sameSite', { sameSite: 'loose' as 'lax' }, /cookie\.sameSite is "loose"/],
    ['an unknown secure', { secure: 'yes' as 'auto' }, /cookie\.secure is "yes"/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => cookiePolicy(options)).toThrow(SessionOptionError);
    expect(() => cookiePolicy(options)).toThrow(message);
  });
});
