import { isIP } from 'node:net';

/** As sockets tell it: IPv4 addresses without their IPv6 mapping, IPv6 ones without a zone. */
export function plainAddress(address = 'unknown'): string {
  if (address.startsWith('::ffff:')) return address.slice(7);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/**
 * An address that somebody wrote, in the form in which a socket would tell it, so that nodes see
 * one form of each; undefined when it is none.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version !== 6) return version === 4 ? text : undefined;
  if (text.includes('%')) return undefined;
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16)) as [
    number,
    number,
  ];
  return [high >>> 8, high & 255, low >>> 8, low & 255].join('.');
}

/**
 * What one client can be told by: its IPv4 address, or the first 64 bits of its IPv6 address, of
 * whose rest it may choose a new one for every connection.
 */
export function networkOf(address: string): string {
  return address.includes(':') ? `${networkGroups(address)}::/64` : address;
}

/**
 * What a client is hashed by: the same, of an address in any way of writing. Undefined when it is
 * none.
 *
 * Source: RFC 8981 (temporary addresses within a /64), RFC 5952 (ways to write one).
 */
export function addressKey(text: string): string | undefined {
  // The zone says which of our own interfaces it came in by.
  const address = canonicalAddress(text.split('%', 1)[0] as string);
  return address?.includes(':') ? networkGroups(address) : address;
}

/** The first four groups, without leading zeros. */
function networkGroups(address: string): string {
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  if (after !== undefined) {
    const last = after === '' ? [] : after.split(':');
    // Written as IPv4, the last group stands for two.
    const width = last.length + (after.includes('.') ? 1 : 0);
    while (groups.length + width < 8) groups.push('0');
    groups.push(...last);
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return network.join(':');
}
