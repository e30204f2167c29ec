import { describe, expect, test } from 'vitest';
import { addressKey, canonicalAddress, networkOf, plainAddress } from './address.js';
import { AddressRanges, isRange } from './address-ranges.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  [undefined, 'unknown'],
])('a socket of %s is plainly of %s', (told, plain) => {
  expect(plainAddress(told)).toBe(plain);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::', '::'],
  ['fe80::1%eth0', undefined],
  ['192.0.2.01', undefined],
  ['192.0.2.1:80', undefined],
  ['unknown', undefined],
  ['', undefined],
])('%s is written %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
  ['1::2:3:4:5:192.0.2.1', '1:0:2:3::/64'],
  ['unknown', 'unknown'],
])('%s is one client with %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each<[string, string | undefined]>([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:0207', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['1::', '1:0:0:0'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0'],
  ['unknown', undefined],
  ['', undefined],
  ['192.0.2.256', undefined],
  ['/run/proxy.sock', undefined],
])('%s is hashed by %s', (address, expected) => {
  expect(addressKey(address)).toBe(expected);
});

describe('ranges', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::/0', '2001:db8::1', true],
    ['10.0.0.0/8', 'unknown', false],
  ])('%s: %s %s', (range, address, isIn) => {
    expect(new AddressRanges([range]).has(address)).toBe(isIn);
  });

  test('none has nothing', () => {
    expect(new AddressRanges([]).has('127.0.0.1')).toBe(false);
  });

  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '/8',
  ])('%j is none', (text) => {
    expect(isRange(text)).toBe(false);
    expect(() => new AddressRanges([text])).toThrow(TypeError);
  });
});
