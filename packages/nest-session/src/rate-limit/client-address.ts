import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** `[2001:db8::1]`, with a port or without. */
const IN_BRACKETS = /^\[([^\]]+)\](?::\d{1,5})?$/;
const WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;

/** All that is no address counts as one client. */
const UNREADABLE = 'unreadable';

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
  if (isIPv6(plain)) return `${firstGroups(plain).join(':')}::/64`;
  // What a proxy writes in its place (RFC 7239 §6: `unknown`, `_hidden`) may differ each time.
  return plain === '' || isIPv4(plain) ? plain : UNREADABLE;
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
  if (family === 0) return plain === '';
  return LOCAL.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without port, brackets and zone, and as IPv4 where it is one. */
function plainAddress(ip: string): string {
  const plain = withoutPort(ip).split('%', 1)[0] as string;
  return isIPv6(plain) ? (mappedIPv4(plain) ?? plain) : plain;
}

/** Some proxies write the port of the connection, too: each would be a client of its own. */
function withoutPort(ip: string): string {
  return IN_BRACKETS.exec(ip)?.[1] ?? WITH_PORT.exec(ip)?.[1] ?? ip;
}

/** The IPv4 address that an IPv6 one stands for (RFC 4291 §2.5.5.2), however it is written. */
function mappedIPv4(ip: string): string | undefined {
  const groups = groupsOf(ip);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** The first four of the eight groups, without leading zeros. */
function firstGroups(ip: string): string[] {
  return groupsOf(ip)
    .slice(0, 4)
    .map((group) => group.toString(16));
}

/** The eight groups of an IPv6 address. */
function groupsOf(ip: string): number[] {
  const [head = '', tail = ''] = ip.split('::', 2);
  const before = parseGroups(head);
  const after = parseGroups(tail);
  const zeros = ip.includes('::') ? Array<number>(8 - before.length - after.length).fill(0) : [];
  return [...before, ...zeros, ...after];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    // A dotted end stands for two groups.
    const [first = 0, second = 0, third = 0, fourth = 0] = group.split('.').map(Number);
    return [first * 256 + second, third * 256 + fourth];
  });
}
