import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSetCookie } from './set-cookie.js';

const nowMs = Date.UTC(2026, 10, 20);
const parse = (header: string, url = 'https://www.shop.test/a/b?c') =>
  parseSetCookie(header, new URL(url), nowMs);

describe('name and value', () => {
  test.each([
    ['a=b', 'a', 'b'],
    [' a = b ', 'a', 'b'],
    ['a=b=c', 'a', 'b=c'],
    ['a="b"', 'a', '"b"'],
    ['a=', 'a', ''],
    ['=b', '', 'b'],
    ['b', '', 'b'],
  ])('%s', (header, name, value) => {
    expect(parse(header)).toMatchObject({ name, value });
  });

  test.each(['', '=', ' ; Path=/', 'a=\u0000b', 'a=b\u007f', `a=${'x'.repeat(4096)}`])(
    'of %j are refused',
    (header) => {
      expect(parse(header)).toBeUndefined();
    },
  );
});

describe('the path', () => {
  test.each([
    ['a=b', 'https://shop.test/', '/'],
    ['a=b', 'https://shop.test/x', '/'],
    ['a=b', 'https://shop.test/x/y', '/x'],
    ['a=b', 'https://shop.test/x/', '/x'],
    ['a=b; Path=/p', 'https://shop.test/x/y', '/p'],
    ['a=b; Path=p', 'https://shop.test/x/y', '/x'],
    ['a=b; Path', 'https://shop.test/x/y', '/x'],
    ['a=b; Path=/p; path=/q', 'https://shop.test/x/y', '/q'],
  ])('of %s from %s is %s', (header, url, path) => {
    expect(parse(header, url)).toMatchObject({ path });
  });
});

describe('the domain', () => {
  test.each([
    ['', 'www.shop.test', true],
    ['; Domain=', 'www.shop.test', true],
    ['; Domain=www.shop.test', 'www.shop.test', false],
    ['; Domain=.Shop.TEST', 'shop.test', false],
  ])('%s makes it %s, host only: %s', (attribute, domain, hostOnly) => {
    expect(parse(`a=b${attribute}`)).toMatchObject({ domain, hostOnly });
  });

  test.each(['other.test', 'api.www.shop.test', 'test', 'op.test', 'w.shop.test'])(
    '%s is refused',
    (domain) => {
      expect(parse(`a=b; Domain=${domain}`)).toBeUndefined();
    },
  );

  test('of an address or a single label is the host itself, and nothing else', () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const cookie = parse(`a=b; Domain=${host}`, `http://${host}/`);
      expect(cookie).toMatchObject({ domain: host, hostOnly: true });
    }
    expect(parse('a=b; Domain=0.1', 'http://127.0.0.1/')).toBeUndefined();
  });
});

describe('secure cookies and prefixes', () => {
  test.each([
    ['a=b; Secure', 'https:', true],
    ['a=b; Secure', 'http:', false],
    ['__Secure-a=b; Secure', 'https:', true],
    ['__Secure-a=b', 'https:', false],
    ['__secure-a=b', 'https:', false],
    ['__Host-a=b; Secure; Path=/', 'https:', true],
    ['__Host-a=b; Secure; Path=/', 'http:', false],
    ['__Host-a=b; Path=/', 'https:', false],
    ['__Host-a=b; Secure; Path=/a', 'https:', false],
    ['__Host-a=b; Secure', 'https:', false],
    ['__HOST-a=b; Secure', 'https:', false],
    ['__Host-a=b; Secure; Path=/; Domain=shop.test', 'https:', false],
    ['__Host-a=b; Secure; Path=/; Domain=', 'https:', true],
    ['=__Host-a=b; Secure; Path=/', 'https:', false],
    ['__Host-a', 'https:', false],
  ])('%s over %s is accepted: %s', (header, scheme, isAccepted) => {
    expect(parse(header, `${scheme}//www.shop.test/`) !== undefined).toBe(isAccepted);
  });
});

describe('the expiry', () => {
  const dayMs = 86_400_000;
  test.each([
    ['a=b', null],
    ['a=b; Max-Age=60', nowMs + 60_000],
    ['a=b; Max-Age=0', 0],
    ['a=b; Max-Age=-1', 0],
    ['a=b; Max-Age=1e3', null],
    ['a=b; Expires=Sat, 21 Nov 2026 00:00:00 GMT', nowMs + dayMs],
    ['a=b; Expires=Sat, 21 Nov 2026 00:00:00 GMT; Max-Age=60', nowMs + 60_000],
    ['a=b; Expires=soon', null],
    ['a=b; Max-Age=999999999999', nowMs + 400 * dayMs],
    ['a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT', nowMs + 400 * dayMs],
  ])('of %s is %s', (header, expiresAtMs) => {
    expect(parse(header)).toMatchObject({ expiresAtMs });
  });
});

test('no header makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a=; _-HostPathDm.0\t"') }), (header) => {
      parse(header);
    }),
  );
});
