import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieValues } from './cookies.js';
import { findRouteCookie, parseRouteCookie } from './route-cookie.js';

const MAC = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('parsing', () => {
  test.each<[string, string, readonly string[] | undefined]>([
    ['owner and backup', `v1.a.b.3.17.${MAC}`, ['a', 'b']],
    ['owner alone', `v1.a.3.17.${MAC}`, ['a']],
    ['two backups', `v1.a.b.c.3.17.${MAC}`, ['a', 'b', 'c']],
    ['labels that look like numbers', `v1.1.2.3.17.${MAC}`, ['1', '2']],
    ['no owner', `v1.3.17.${MAC}`, undefined],
    ['another version', `v2.a.b.3.17.${MAC}`, undefined],
    ['an empty label', `v1.a..3.17.${MAC}`, undefined],
    ['a label that is too long', `v1.${'a'.repeat(33)}.3.17.${MAC}`, undefined],
    ['a label with other characters', `v1.a/b.3.17.${MAC}`, undefined],
    ['an epoch that is no number', `v1.a.x.17.${MAC}`, undefined],
    ['no MAC', 'v1.a.3.17.', undefined],
    ['more than eight holders', `v1.${'a.'.repeat(9)}3.17.${MAC}`, undefined],
    ['more than 512 characters', `v1.a.3.17.${'A'.repeat(600)}`, undefined],
    ['nothing', '', undefined],
  ])('%s', (_name, value, holders) => {
    expect(parseRouteCookie(value)?.holders).toEqual(holders);
  });
});

test('is read from both ends as one look at the whole would', () => {
  const whole = /^v1((?:\.[A-Za-z0-9_-]{1,32}){1,8})\.\d{1,15}\.\d{1,15}\.[A-Za-z0-9_-]{1,64}$/;
  const part = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
    fc.stringMatching(/^\d{0,16}$/),
    fc.constantFrom('', 'a', 'v1', '1', '.', ' ', 'ä', '=', 'a'.repeat(33), 'a'.repeat(64)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
      const value = ['v1', ...parts].join('.');
      const holders = value.length > 512 ? undefined : whole.exec(value)?.[1]?.slice(1).split('.');
      expect(parseRouteCookie(value)?.holders).toEqual(holders);
    }),
    { numRuns: 2_000 },
  );
});

describe('finding it in a request', () => {
  const known = new Set(['a', 'b']);
  const find = (header: string) =>
    findRouteCookie(header, (label) => known.has(label), 8)?.holders.join('.');
  const route = (...holders: string[]) => `v1.${holders.join('.')}.1.1.${MAC}`;

  test.each<[string, string, string | undefined]>([
    ['http name', `x=1; sid-route=${route('a')}; y=2`, 'a'],
    ['https name', `__Host-sid-route=${route('a')}`, 'a'],
    ['https name before http name', `sid-route=${route('a')}; __Host-sid-route=${route('b')}`, 'b'],
    ['the one that resolves', `__Host-sid-route=${route('z')}; sid-route=${route('a')}`, 'a'],
    ['duplicates: first known owner', `sid-route=${route('z')}; sid-route=${route('b')}`, 'b'],
    ['a known backup before none', `sid-route=${route('y')}; sid-route=${route('z', 'a')}`, 'z.a'],
    ['none resolves: the first', `sid-route=${route('y')}; sid-route=${route('z')}`, 'y'],
    ['malformed beside good', `sid-route=zzz; sid-route=${route('a')}`, 'a'],
    ['a longer name is another cookie', `my-sid-route=${route('a')}`, undefined],
    ['the name inside a value', `x=sid-route=${route('a')}`, undefined],
    ['no space between pairs', `x=1;sid-route=${route('a')}`, 'a'],
  ])('%s', (_name, header, expected) => {
    expect(find(header)).toBe(expected);
  });

  test('looks at a bounded number of duplicates', () => {
    expect(cookieValues('a=1; '.repeat(1000), 'a', 8)).toHaveLength(8);
  });
});
