import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signIdCookie, verifyIdCookie } from './id-cookie.js';
import { KeyRing } from './key-ring.js';
import { mintSessionId, sessionKeyOf } from './session-id.js';
import { VerifiedCookies } from './verified-cookies.js';

const secret = (name: string) => name.repeat(40).slice(0, 40);
const ring = (...secrets: string[]) => new KeyRing(secrets.map(secret), 'session-id');
const id = mintSessionId(randomBytes);
const issuedAtSeconds = 1_790_000_000;

describe('id cookie', () => {
  const value = signIdCookie(id, issuedAtSeconds, ring('a'));

  test('comes back with its key and its time of issue', () => {
    expect(verifyIdCookie(value, ring('a'))).toEqual({
      id,
      key: sessionKeyOf(id),
      issuedAtSeconds,
    });
  });

  test('is accepted while its secret is in the list, wherever it stands', () => {
    expect(verifyIdCookie(value, ring('b', 'a'))).toBeDefined();
    expect(verifyIdCookie(value, ring('b'))).toBeUndefined();
  });

  test('is signed with the first secret', () => {
    expect(signIdCookie(id, issuedAtSeconds, ring('a', 'b'))).toBe(value);
  });

  test('is not accepted with a key of another purpose', () => {
    expect(verifyIdCookie(value, new KeyRing([secret('a')], 'route'))).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['an id alone', id],
    ['no signature', value.slice(0, value.lastIndexOf('.') + 1)],
    ['a cut signature', value.slice(0, -1)],
    ['a longer signature', `${value}A`],
    ['an express-session cookie', `s%3A${id}.${'x'.repeat(43)}`],
    ['a later time of issue', value.replace(/\.[0-9a-z]+\./, '.zzzzzz.')],
    ['ten thousand characters', 'a'.repeat(10_000)],
    ['a line break at the end', `${value}\n`],
    ['binary', '\u0000\u0001\u00ff'],
  ])('refuses %s', (_name, forged) => {
    expect(verifyIdCookie(forged, ring('a'))).toBeUndefined();
  });

  test('no single changed character is accepted', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.constantFrom(...alphabet), (position, character) => {
        fc.pre(value[position] !== character);
        const forged = value.slice(0, position) + character + value.slice(position + 1);
        return verifyIdCookie(forged, ring('a')) === undefined;
      }),
    );
  });
});

describe('VerifiedCookies', () => {
  const keys = ring('a');
  const verify = (value: string) => verifyIdCookie(value, keys);

  test('answers the second time without checking again', () => {
    const cache = new VerifiedCookies(10);
    const value = signIdCookie(id, issuedAtSeconds, keys);
    const first = cache.check(value, verify);
    const second = cache.check(value, () => {
      throw new Error('checked again');
    });
    expect(second).toEqual(first);
  });

  test('remembers no refusals and never grows beyond its bound', () => {
    const cache = new VerifiedCookies(10);
    for (let index = 0; index < 50; index++) {
      cache.check(signIdCookie(mintSessionId(randomBytes), index, keys), verify);
      cache.check(`forged-${index}`, verify);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
  });

  test('an id with another signature is another cookie', () => {
    const cache = new VerifiedCookies(10);
    const value = signIdCookie(id, issuedAtSeconds, keys);
    cache.check(value, verify);
    expect(cache.check(`${value.slice(0, -1)}_`, verify)).toBeUndefined();
  });
});
