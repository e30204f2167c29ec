import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Hmac } from './hmac.js';

describe('Hmac', () => {
  const expected = (key: Uint8Array, text: string) =>
    createHmac('sha256', key).update(text).digest('base64url');

  test('is what Node computes, for any key and any text, one after the other', () => {
    const text = fc.string({ unit: 'binary', maxLength: 700 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(text, { minLength: 1, maxLength: 5 }),
        (key, texts) => {
          const hmac = new Hmac(key);
          for (const each of texts) expect(hmac.of(each)).toBe(expected(key, each));
        },
      ),
    );
  });

  test('is what Node computes at the longest text it computes itself, and beyond', () => {
    const key = randomBytes(32);
    const hmac = new Hmac(key);
    for (const length of [0, 511, 512, 513, 20_000]) {
      for (const unit of ['x', '€']) {
        const text = unit.repeat(length);
        expect(hmac.of(text)).toBe(expected(key, text));
      }
    }
  });

  test('refuses a key that would have to be hashed first', () => {
    expect(() => new Hmac(new Uint8Array(65))).toThrow(RangeError);
  });
});
