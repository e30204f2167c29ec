import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCookieDate } from './cookie-date.js';

const expected = Date.UTC(2026, 10, 20, 8, 5, 9);

describe('the date of a cookie (RFC 6265bis §5.1.1)', () => {
  test.each([
    'Fri, 20 Nov 2026 08:05:09 GMT',
    'Friday, 20-Nov-26 08:05:09 GMT',
    'Fri Nov 20 08:05:09 2026',
    '20 nov 2026 8:5:9',
    '08:05:09 2026 NOVEMBER 20',
    'Fri,20/Nov/2026 08:05:09',
    '20 Nov 2026 08:05:09 +0100 ignored',
  ])('%s', (text) => {
    expect(parseCookieDate(text)).toBe(expected);
  });

  test.each([
    ['01 Jan 70 00:00:00', Date.UTC(1970, 0, 1)],
    ['01 Jan 99 00:00:00', Date.UTC(1999, 0, 1)],
    ['01 Jan 69 00:00:00', Date.UTC(2069, 0, 1)],
    ['01 Jan 00 00:00:00', Date.UTC(2000, 0, 1)],
    ['29 Feb 2028 00:00:00', Date.UTC(2028, 1, 29)],
  ])('%s', (text, instantMs) => {
    expect(parseCookieDate(text)).toBe(instantMs);
  });

  test.each([
    '',
    'tomorrow',
    'Fri, 20 Nov 2026',
    '20 Nov 2026 24:00:00',
    '20 Nov 2026 08:60:00',
    '20 Nov 2026 08:00:60',
    '00 Nov 2026 08:00:00',
    '32 Nov 2026 08:00:00',
    '31 Feb 2026 08:00:00',
    '20 Nov 1600 08:00:00',
    '20 Nox 2026 08:00:00',
  ])('%s is none', (text) => {
    expect(parseCookieDate(text)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseCookieDate(text);
      }),
    );
  });
});
