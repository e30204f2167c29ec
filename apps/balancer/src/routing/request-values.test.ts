import { describe, expect, test } from 'vitest';
import { cookieSource, headerSource, parameterSource, type ValueSource } from './request-values.js';

function read(source: ValueSource, request: { url?: string; headers?: Record<string, string> }) {
  const connection = { address: '192.0.2.1', protocol: 'http' } as const;
  return source({ request: { url: '/', headers: {}, ...request }, connection });
}

describe('a parameter', () => {
  test.each<[string, string[]]>([
    ['/?sid=a', ['a']],
    ['/?x=1&sid=a&sid=b', ['a']],
    ['/?sid=&sid=b', ['b']],
    ['/?sid=', []],
    ['/?sid', []],
    ['/?xsid=a', []],
    ['/?x=sid=a', []],
    ['/?SID=a', []],
    ['/?sid=a%20b+c', ['a%20b+c']],
    ['/cart;sid=a', ['a']],
    ['/cart;sid=a;v=1/item?x=1', ['a']],
    ['/cart;v=1;sid=a/item', ['a']],
    ['/sid=a', []],
    ['/cart;sid=path?sid=query', ['query']],
    ['/?x=/cart;sid=a', []],
    ['*', []],
    ['', []],
  ])('in %s is %j', (url, expected) => {
    expect(read(parameterSource('sid'), { url })).toEqual(expected);
  });
});

describe('a header', () => {
  test.each<[Record<string, string>, string[]]>([
    [{ 'x-user': 'u' }, ['u']],
    [{ 'x-user': '' }, []],
    [{}, []],
  ])('%j', (headers, expected) => {
    expect(read(headerSource('X-User'), { headers })).toEqual(expected);
  });

  test('is nothing that every object has', () => {
    expect(read(headerSource('constructor'), {})).toEqual([]);
  });
});

test('of a cookie empty values do not count, nor do more than the limit', () => {
  const cookie = `a=; a=1; b=2; ${'a=x; '.repeat(10_000)}`;
  expect(read(cookieSource('a', 3), { headers: { cookie } })).toEqual(['1', 'x']);
  expect(read(cookieSource('a', 3), {})).toEqual([]);
});
