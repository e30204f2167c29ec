import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProblem, problemCode } from './problem.js';
import { parseRateLimit } from './rate-limit.js';
import { parseRetryAfter } from './retry-after.js';
import { parseFailover, parseSessionInfo } from './session-info.js';
import { parseFieldMembers } from './structured-field.js';

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'"\\=;, ?:0.aZ\t') }),
  fc.constant(null),
);

describe('no parser throws', () => {
  test.each<[string, (text: string | null) => unknown]>([
    ['parseSessionInfo', parseSessionInfo],
    ['parseFailover', parseFailover],
    ['parseRateLimit', parseRateLimit],
    ['parseFieldMembers', parseFieldMembers],
    ['parseRetryAfter', (text) => parseRetryAfter(text, 0)],
    ['parseProblem', (text) => problemCode(parseProblem(`${text}`))],
  ])('%s, whatever it is given', (_name, parse) => {
    fc.assert(
      fc.property(anything, (text) => {
        parse(text);
      }),
      { numRuns: 500 },
    );
  });

  test('problemCode, whatever JSON a server thinks of', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const code = problemCode(parseProblem(JSON.stringify(value)));
        expect(['string', 'undefined']).toContain(typeof code);
      }),
    );
  });
});

describe('Session-Info', () => {
  test('is read as docs/http.md writes it', () => {
    expect(parseSessionInfo('node="n2", rev="3.42", exp=1740, copies=1')).toEqual({
      node: 'n2',
      rev: '3.42',
      exp: 1740,
      copies: 1,
    });
  });
  test.each([
    ['rev="1.2",node="a"', { rev: '1.2', node: 'a' }],
    ['node="a", role=primary, exp=5', { node: 'a', exp: 5 }],
    ['node=7, rev=1.2, exp="5", copies=?1', undefined],
    ['anode="x", Node="x", renode="y"', undefined],
    ['exp=-5', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %o', (header, expected) => {
    expect(parseSessionInfo(header)).toEqual(expected);
  });
});

describe('Session-Event', () => {
  test.each([
    ['failover;from="n1"', 'n1'],
    ['failover; from="n1"', 'n1'],
    ['draining', undefined],
    ['failover', undefined],
    ['failover;from=""', undefined],
    [null, undefined],
  ])('%s tells of a failover from %s', (header, from) => {
    expect(parseFailover(header)).toBe(from);
  });
});

describe('RateLimit', () => {
  test('lists the policies of draft-ietf-httpapi-ratelimit-headers', () => {
    expect(parseRateLimit('"burst";r=50;t=30, "daily";r=0;pk=:c2Vz:')).toEqual([
      { policy: 'burst', remaining: 50, resetMs: 30_000 },
      { policy: 'daily', remaining: 0 },
    ]);
  });
  test.each([
    '"burst"',
    '"burst";r',
    '"burst";r=-1',
    '"burst";r="5"',
    'r=5',
    '"burst";r=5,,',
    null,
  ])('%s has none that can be used', (header) => {
    expect(parseRateLimit(header)).toEqual([]);
  });
});

describe('structured fields (RFC 9651)', () => {
  test.each([
    ['a', [{ name: 'a', value: true, parameters: {} }]],
    ['a=?0', [{ name: 'a', value: false, parameters: {} }]],
    ['a=1.5;x;y=?0;z=*t', [{ name: 'a', value: 1.5, parameters: { x: true, y: false, z: '*t' } }]],
    ['"q\\"\\\\"', [{ name: 'q"\\', value: true, parameters: {} }]],
    [
      'a=1 ,\tb="x"',
      [
        { name: 'a', value: 1, parameters: {} },
        { name: 'b', value: 'x', parameters: {} },
      ],
    ],
  ])('%s is read', (text, members) => {
    expect(parseFieldMembers(text)).toEqual(members);
  });
  test.each(['a,', ',a', 'a b', 'a=', '"a', '"\\x"', 'a;=1', 'a=(1 2)', '1=a', ' '])(
    '%s is malformed, and so nothing',
    (text) => {
      expect(parseFieldMembers(text)).toEqual([]);
    },
  );
  test('a field beyond the limit is ignored', () => {
    expect(parseFieldMembers(`a="${'x'.repeat(5000)}"`)).toEqual([]);
  });
});

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0);
  test.each([
    ['0', 0],
    ['5', 5000],
    ['120', 120_000],
    // Three centuries are no reason to come at once.
    ['9999999999', 9_999_999_999_000],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 11:59:00 GMT', 0],
    ['Fri, 20 Nov 2026 12:00:00 GMT', 0],
    ['1.5', undefined],
    ['-5', undefined],
    ['+5', undefined],
    ['5 minutes', undefined],
    ['2026-11-20T12:00:30Z', undefined],
    ['Someday GMT', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s means %s ms', (header, waitMs) => {
    expect(parseRetryAfter(header, nowMs)).toBe(waitMs);
  });
});

describe('problems', () => {
  test.each([
    ['{"type":"urn:understudy:csrf-invalid","code":"other"}', 'csrf-invalid'],
    ['{"type":"about:blank","code":"cart-full"}', 'cart-full'],
    ['{"code":17}', '17'],
    ['{"title":"x"}', undefined],
    ['null', undefined],
    ['<html>', undefined],
    ['', undefined],
  ])('%s is named %s', (text, code) => {
    expect(problemCode(parseProblem(text))).toBe(code);
  });
});
