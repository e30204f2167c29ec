import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieValues } from './cookies.js';
import { withoutCookie, withoutSetCookie } from './own-cookie-hidden.js';

describe('a request without a cookie', () => {
  test.each([
    ['sid-node=1', undefined],
    ['sid-node=1; a=2', 'a=2'],
    ['a=2; sid-node=1', 'a=2'],
    ['a=2;sid-node=1;  b = "3;4"', 'a=2;  b = "3;4"'],
    ['sid-node=1; sid-node=2; a=2', 'a=2'],
    ['\t sid-node=1 ;a', 'a'],
    ['sid-node; sid-nodes=1; x-sid-node=1; Sid-Node=1', undefined],
    ['a=sid-node=1', undefined],
    ['', undefined],
  ])('of %j has %j', (cookie, rest) => {
    const headers = ['Host', 'x', 'CooKie', cookie, 'A', 'b'];
    const isGone = rest === undefined && cookie.startsWith('sid-node=');
    const expected = isGone
      ? ['Host', 'x', 'A', 'b']
      : ['Host', 'x', 'CooKie', rest ?? cookie, 'A', 'b'];
    expect(withoutCookie(headers, 'sid-node')).toEqual(expected);
  });

  test('is the very same where it has none', () => {
    const headers = ['Cookie', 'a=1', 'Cookie', 'b=2'];
    expect(withoutCookie(headers, 'sid-node')).toBe(headers);
    expect(withoutSetCookie(headers, 'sid-node')).toBe(headers);
  });

  test('has all others, and none of it in any field', () => {
    const pair = fc.tuple(
      fc.constantFrom('n', 'a', 'nn', 'N', 'a n'),
      fc.constantFrom('=', '==', ''),
    );
    const part = fc.tuple(fc.constantFrom('', ' ', '\t'), pair, fc.constantFrom('1', '', ' '));
    const header = fc.array(part, { maxLength: 6 }).map((parts) => {
      return parts.map(([blank, [name, equals], value]) => blank + name + equals + value).join(';');
    });
    fc.assert(
      fc.property(header, header, (one, two) => {
        const kept = withoutCookie(['Cookie', one, 'Cookie', two], 'n');
        const fields = kept.filter((_, at) => at % 2 === 1);
        for (const field of fields) expect(cookieValues(field, 'n', 99)).toEqual([]);
        for (const name of ['a', 'nn', 'N', 'a n']) {
          const all = (texts: readonly string[]) =>
            texts.flatMap((text) => cookieValues(text, name, 99));
          expect(all(fields)).toEqual(all([one, two]));
        }
      }),
    );
  });
});

test('a response does not set what the balancer sets', () => {
  const headers = ['Set-Cookie', 'a=1; Path=/', 'set-cookie', 'n=2; Path=/', 'X', 'n=3'];
  expect(withoutSetCookie(headers, 'n')).toEqual(['Set-Cookie', 'a=1; Path=/', 'X', 'n=3']);
});
