import { describe, expect, test } from 'vitest';
import { serializeCookie } from './serialize-cookie.js';

const safe = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

describe('serializeCookie', () => {
  test.each([
    ['the safe defaults', safe, 'sid=v; Path=/; HttpOnly; Secure; SameSite=Lax'],
    ['plain http', { ...safe, secure: false }, 'sid=v; Path=/; HttpOnly; SameSite=Lax'],
    ['readable by scripts', { ...safe, httpOnly: false }, 'sid=v; Path=/; Secure; SameSite=Lax'],
    [
      'a domain and a life',
      { ...safe, domain: 'shop.example', maxAgeSeconds: 60 },
      'sid=v; Path=/; Domain=shop.example; Max-Age=60; HttpOnly; Secure; SameSite=Lax',
    ],
    [
      'a cookie for embedded pages',
      { ...safe, sameSite: 'none', partitioned: true, priority: 'high' },
      'sid=v; Path=/; HttpOnly; Secure; SameSite=None; Partitioned; Priority=High',
    ],
    [
      'a cookie to forget',
      { ...safe, maxAgeSeconds: 0 },
      'sid=v; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ' +
        'HttpOnly; Secure; SameSite=Lax',
    ],
  ] as const)('renders %s', (_name, attributes, expected) => {
    expect(serializeCookie('sid', 'v', attributes)).toBe(expected);
  });

  test('throws for what a browser would drop in silence (ASVS 3.3.5)', () => {
    const bytesBeside = serializeCookie('sid', '', safe).length;
    const fits = 'v'.repeat(4096 - bytesBeside);
    expect(serializeCookie('sid', fits, safe)).toHaveLength(4096);
    expect(() => serializeCookie('sid', `${fits}v`, safe)).toThrow(/sid would take 4097 bytes/);
  });
});
