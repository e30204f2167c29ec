import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** Loopback, private, unique local and link-local networks (RFC 1918, 4193, 3927, 4291). */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8);
LOCAL.addSubnet('10.0.0.0', 8);
LOCAL.addSubnet('172.16.0.0', 12);
LOCAL.addSubnet('192.168.0.0', 16);
LOCAL.addSubnet('169.254.0.0', 16);
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');

/**
 * What an address counts as for limits: an IPv4 address itself, an IPv6 address its /64, because
 * that is what one customer gets and may choose addresses from at will (RFC 6177).
 */
export function addressKey(ip: string): string {
  const plain = plainAddress(ip);
  return isIPv6(plain) ? `${firstGroups(plain).join(':')}::/64` : plain;
}

/** The network an address is in: the /24 of an IPv4, the /64 of an IPv6 address. */
export function addressPrefix(ip: string): string {
  const key = addressKey(ip);
  return isIPv4(key) ? `${key.slice(0, key.lastIndexOf('.'))}.0/24` : key;
}

/**
 * Whether an address says nothing about who the client is: this machine, a private network, most
 * likely a proxy the application was not told to trust, or no address at all.
 */
export function isLocalAddress(ip: string): boolean {
  const plain = plainAddress(ip);
  const family = isIP(plain);
  return family === 0 || LOCAL.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without a zone, and as IPv4 where it is one. */
function plainAddress(ip: string): string {
  const plain = ip.split('%', 1)[0] as string;
  const mapped = MAPPED_IPV4.exec(plain)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : plain;
}

/** The first four of the eight groups, without leading zeros. */
function firstGroups(ip: string): string[] {
  const [head = '', tail = ''] = ip.toLowerCase().split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  // A dotted end stands for two groups.
  const groups = before.length + after.length + (ip.includes('.') ? 1 : 0);
  const zeros = ip.includes('::') ? Array<string>(8 - groups).fill('0') : [];
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
}
