import { describe, expect, test } from 'vitest';
import { CookieJar, type SerializedCookieJar } from './cookie-jar.js';
import { COOKIES_PER_HOST_LIMIT, COOKIES_PER_JAR_LIMIT } from './limits.js';

const shop = 'https://www.shop.test/';

function jarWith(...headers: string[]): CookieJar {
  const jar = new CookieJar();
  for (const header of headers) jar.set(header, shop);
  return jar;
}

describe('a jar sends', () => {
  test.each([
    ['a=1', 'https://www.shop.test/x', 'a=1'],
    ['a=1', 'https://shop.test/', ''],
    ['a=1', 'https://api.www.shop.test/', ''],
    ['a=1; Domain=shop.test', 'https://shop.test/', 'a=1'],
    ['a=1; Domain=shop.test', 'https://api.shop.test/', 'a=1'],
    ['a=1; Domain=shop.test', 'https://eshop.test/', ''],
    ['a=1; Path=/cart', 'https://www.shop.test/cart', 'a=1'],
    ['a=1; Path=/cart', 'https://www.shop.test/cart/1', 'a=1'],
    ['a=1; Path=/cart', 'https://www.shop.test/cartoon', ''],
    ['a=1; Path=/cart/', 'https://www.shop.test/cart', ''],
    ['a=1; Secure', 'http://www.shop.test/', ''],
    ['a=1; Secure', 'https://www.shop.test/', 'a=1'],
    ['a=1; Secure', 'https://www.shop.test:8443/', 'a=1'],
    ['a=1', 'http://www.shop.test:8080/', 'a=1'],
    ['=1', 'https://www.shop.test/', '1'],
  ])('%s to %s as "%s"', (header, url, sent) => {
    expect(jarWith(header).header(url)).toBe(sent);
  });

  test('longer paths first, then older cookies', () => {
    const jar = jarWith('b=1; Path=/', 'a=2; Path=/', 'c=3; Path=/x', 'b=9; Path=/');
    expect(jar.header('https://www.shop.test/x')).toBe('c=3; b=9; a=2');
  });

  test('what plain http on a loopback address sets, whatever the port', () => {
    const jar = new CookieJar();
    jar.set('sid=1; Path=/; HttpOnly; SameSite=Lax', 'http://127.0.0.1:3000/api');
    expect(jar.header('http://127.0.0.1:4000/')).toBe('sid=1');
    expect(jar.get('sid', 'http://127.0.0.1:5000/x')).toBe('1');
  });
});

describe('a jar keeps', () => {
  test('one cookie for each name, domain and path', () => {
    const jar = jarWith(
      'a=1; Path=/',
      'a=2; Path=/',
      'a=3; Path=/x',
      'a=4; Path=/; Domain=shop.test',
    );
    expect(jar.header('https://www.shop.test/x')).toBe('a=3; a=2; a=4');
  });

  test('nothing beyond its time', () => {
    let nowMs = 1000;
    const jar = new CookieJar(() => nowMs);
    jar.set('a=1; Max-Age=10', shop);
    jar.set('b=2', shop);
    nowMs += 9_999;
    expect(jar.header(shop)).toBe('a=1; b=2');
    nowMs += 1;
    expect(jar.header(shop)).toBe('b=2');
    expect(jar.toJSON().cookies).toHaveLength(1);
  });

  test('nothing that the server deletes', () => {
    const jar = jarWith('a=1; Path=/', 'a=; Path=/; Max-Age=0');
    expect(jar.header(shop)).toBe('');
  });

  test('a secure cookie against one planted over http', () => {
    const jar = jarWith('sid=good; Secure; Path=/');
    expect(jar.set('sid=evil; Path=/', 'http://www.shop.test/')).toBe(false);
    expect(jar.set('sid=evil; Path=/; Domain=shop.test', 'http://api.shop.test/')).toBe(false);
    expect(jar.set('other=fine; Path=/', 'http://www.shop.test/')).toBe(true);
    expect(jar.get('sid', shop)).toBe('good');
  });

  test('no more than its limits, the newest', () => {
    const jar = new CookieJar();
    for (let i = 0; i <= COOKIES_PER_HOST_LIMIT; i += 1) jar.set(`c${i}=x`, shop);
    expect(jar.get('c0', shop)).toBeUndefined();
    expect(jar.get('c1', shop)).toBe('x');
    for (let i = 0; i <= COOKIES_PER_JAR_LIMIT; i += 1) jar.set('a=1', `https://h${i}.test/`);
    expect(jar.toJSON().cookies).toHaveLength(COOKIES_PER_JAR_LIMIT);
    expect(jar.header(shop)).toBe('');
  });

  test('the oldest of a full host when the server deletes one that is not there', () => {
    const jar = new CookieJar();
    jar.set('sid=first', 'http://shop.test/');
    for (let count = 1; count < 50; count += 1) jar.set(`c${count}=x`, 'http://shop.test/');
    jar.set('gone=; Max-Age=0', 'http://shop.test/');
    expect(jar.get('sid', 'http://shop.test/')).toBe('first');
  });

  test('the oldest of a full host when another has expired', () => {
    let nowMs = 0;
    const jar = new CookieJar(() => nowMs);
    jar.set('sid=first', 'http://shop.test/');
    for (let count = 1; count < 50; count += 1)
      jar.set(`c${count}=x; Max-Age=${count}`, 'http://shop.test/');
    nowMs = 1500;
    jar.set('next=x', 'http://shop.test/');
    expect(jar.get('sid', 'http://shop.test/')).toBe('first');
  });

  test('everything over a restart', () => {
    const jar = jarWith('a=1; Path=/; Max-Age=100', '__Host-b=2; Secure; Path=/');
    const restored = CookieJar.fromJSON(JSON.parse(JSON.stringify(jar)));
    expect(restored.header(shop)).toBe(jar.header(shop));
    expect(restored.toJSON()).toEqual(jar.toJSON());
  });

  test('nothing after clear()', () => {
    const jar = jarWith('a=1');
    jar.clear();
    expect(jar.header(shop)).toBe('');
  });
});

test.each([
  null,
  {},
  { version: 2, cookies: [] },
  { version: 1, cookies: {} },
  { version: 1, cookies: [{ name: 'a' }] },
])('%o is not restored as a jar', (json) => {
  expect(() => CookieJar.fromJSON(json as SerializedCookieJar)).toThrow(TypeError);
});

test('every cookie of a response is taken', () => {
  const headers = new Headers();
  headers.append('Set-Cookie', 'sid=1; Path=/');
  headers.append('Set-Cookie', 'sid-csrf=2; Path=/; Expires=Fri, 31 Dec 2027 23:59:59 GMT');
  const jar = new CookieJar(() => Date.UTC(2027, 0, 1));
  jar.setAll(headers, shop);
  expect(jar.header(shop)).toBe('sid=1; sid-csrf=2');
});
