import { describe, expect, test } from 'vitest';
import { parseCookies } from './parse-cookies.js';

const names = new Set(['sid', 'sid-route']);

describe('parseCookies', () => {
  test.each([
    ['nothing', undefined, []],
    ['an empty header', '', []],
    ['one value', 'sid=a', ['a']],
    ['other names beside it', 'theme=dark; sid=a; lang=en', ['a']],
    ['spaces around name and value', ' sid = a ;', ['a']],
    ['every value of a repeated name, in order', 'sid=a; sid=b', ['a', 'b']],
    ['a repeated value once', 'sid=a; sid=a', ['a']],
    ['a quoted value', 'sid="a"', ['a']],
    ['an equals sign in the value', 'sid=a=b', ['a=b']],
    ['a name that is only a prefix', 'sidecar=x; xsid=y', []],
    ['an escape as it is', 'sid=%E0%A4%A', ['%E0%A4%A']],
    ['a pair without a value', 'sid', []],
    ['no more than four values', 'sid=1;sid=2;sid=3;sid=4;sid=5', ['1', '2', '3', '4']],
  ])('reads %s', (_name, header, expected) => {
    expect(parseCookies(header, names).get('sid') ?? []).toEqual(expected);
  });

  test('ignores a header longer than the limit', () => {
    expect(parseCookies(`sid=${'a'.repeat(20_000)}`, names).size).toBe(0);
  });

  test('names of object properties are ordinary names', () => {
    expect(parseCookies('__proto__=x; constructor=y', names).size).toBe(0);
  });
});
