import { isIPv4, isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * What an address counts as for limits: an IPv4 address itself, an IPv6 address its /64, because
 * that is what one customer gets and may choose addresses from at will (RFC 6177).
 */
export function addressKey(ip: string): string {
  const plain = ip.split('%', 1)[0] as string;
  const mapped = MAPPED_IPV4.exec(plain)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return plain;
  return `${firstGroups(plain).join(':')}::/64`;
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
