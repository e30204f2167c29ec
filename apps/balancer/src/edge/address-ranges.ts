import { BlockList, isIP } from 'node:net';

interface Range {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** What a range may be, for messages. */
export const RANGE = 'an address or a range such as 10.0.0.0/8 or 2001:db8::/32';

export function isRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Addresses and ranges of them, as `10.0.0.0/8`. */
export class AddressRanges {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** Takes only what `isRange` accepts. */
  constructor(ranges: readonly string[]) {
    this.isEmpty = ranges.length === 0;
    for (const text of ranges) {
      const range = parseRange(text);
      if (range === undefined) throw new TypeError(`${text} is no range`);
      this.#list.addSubnet(range.address, range.prefix, range.family);
    }
  }

  /** `address` in its plain form; what is no address is in no range. */
  has(address: string): boolean {
    if (this.isEmpty) return false;
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}

function parseRange(text: string): Range | undefined {
  const [, address = '', written] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const width = version === 4 ? 32 : 128;
  const prefix = written === undefined ? width : Number(written);
  if (prefix > width) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}
