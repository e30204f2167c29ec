import { isIP } from 'node:net';

const GROUPS = 8;
/** Of a network that is given to one customer: its hosts change their address from day to day. */
const NETWORK_GROUPS = 4;

/**
 * What a client is hashed by: an IPv4 address, or the /64 an IPv6 address is in, in one way of
 * writing. Undefined when it is no address.
 *
 * Source: RFC 8981 (temporary addresses within a /64), RFC 5952 (ways to write one).
 */
export function addressKey(address: string): string | undefined {
  // The zone says which of our own interfaces it came in by.
  const plain = address.split('%', 1)[0] as string;
  const version = isIP(plain);
  if (version === 4) return plain;
  if (version !== 6) return undefined;
  const groups = groupsOf(plain);
  const [first, ...bytes] = groups.slice(5).map((group) => Number.parseInt(group, 16));
  const isMapped = first === 0xffff && groups.slice(0, 5).every((group) => group === '0');
  if (isMapped) return bytes.flatMap((value) => [value >> 8, value & 255]).join('.');
  return groups.slice(0, NETWORK_GROUPS).join(':');
}

/** All eight, without leading zeros; of a valid address. An IPv4 tail counts as two. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = split(head);
  const right = tail === undefined ? [] : split(tail);
  const zeros = new Array<string>(Math.max(0, GROUPS - left.length - right.length)).fill('0');
  return tail === undefined ? left : [...left, ...zeros, ...right];
}

function split(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16).toString(16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
  });
}
