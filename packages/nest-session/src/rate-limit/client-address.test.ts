import { describe, expect, test } from 'vitest';
import { addressKey, addressPrefix, isLocalAddress } from './client-address.js';

describe('addressKey', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3::', '1:2:3:0::/64'],
    ['203.0.113.7:5678', '203.0.113.7'],
    ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['[fe80::1%eth0]:443', 'fe80:0:0:0::/64'],
    ['::ffff:102:304', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:102:304', '1.2.3.4'],
    ['0000:0000:0000:0000:0000:ffff:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    // Embedded somewhere else, it is an IPv6 address like any other.
    ['::1.2.3.4', '0:0:0:0::/64'],
    ['64:ff9b::102:304', '64:ff9b:0:0::/64'],
    ['', ''],
    ['not an address', 'unreadable'],
    ['unknown', 'unreadable'],
    ['_gazonk', 'unreadable'],
  ])('%s counts as %s', (ip, expected) => {
    expect(addressKey(ip)).toBe(expected);
  });
});

describe('isLocalAddress', () => {
  test.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['fd00::1', true],
    ['fe80::1%eth0', true],
    ['203.0.113.7', false],
    ['2001:db8::1', false],
    ['203.0.113.7:5678', false],
    ['[2001:db8::1]:443', false],
    ['[2001:db8::1]', false],
    ['::ffff:cb00:7107', false],
    ['10.1.2.3:5678', true],
    ['[::1]:443', true],
    ['::ffff:7f00:1', true],
    ['', true],
    // Whoever is made out to be nobody must not be free of a limit for it.
    ['unknown', false],
    ['_hidden', false],
  ])('%s: %s', (ip, expected) => {
    expect(isLocalAddress(ip)).toBe(expected);
  });
});

describe('addressPrefix', () => {
  test.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    ['203.0.113.7:5678', '203.0.113.0/24'],
    ['[2001:db8::1]:443', '2001:db8:0:0::/64'],
    ['::ffff:cb00:7107', '203.0.113.0/24'],
    ['', ''],
  ])('%s is in %s', (ip, expected) => {
    expect(addressPrefix(ip)).toBe(expected);
  });
});
