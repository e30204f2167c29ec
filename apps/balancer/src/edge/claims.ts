import { type HeaderList, valuesOf } from '../proxy/header-list.js';
import { isHost } from '../proxy/inspect-request.js';
import { canonicalAddress } from './address.js';
import { parseForwarded } from './parse-forwarded.js';

/** In which fields a request says where it comes from, here and at proxies before us. */
export const FORWARDED_HEADERS = ['x-forwarded', 'forwarded', 'both'] as const;

export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

/** One hop as a proxy describes it. */
export interface Claim {
  readonly address: string | undefined;
  readonly protocol: 'http' | 'https' | undefined;
  readonly host: string | undefined;
}

/**
 * Only one of the two families is read. A proxy that writes the one passes the other on as the
 * client sent it, and whoever believes both believes the client.
 */
export function claimsOf(headers: HeaderList, header: ForwardedHeader): readonly Claim[] {
  if (header === 'forwarded') {
    return parseForwarded(valuesOf(headers, 'forwarded')).map((element) => ({
      address: nodeAddress(element.for),
      protocol: protocolOf(element.proto),
      host: hostOf(element.host),
    }));
  }
  const addresses = listOf(headers, 'x-forwarded-for');
  // These two have no element for each hop: what the nearest proxy says is all that is known.
  const protocol = protocolOf(listOf(headers, 'x-forwarded-proto').at(-1));
  const host = hostOf(listOf(headers, 'x-forwarded-host').at(-1));
  if (addresses.length === 0) return [{ address: undefined, protocol, host }];
  return addresses.map((text) => ({ address: nodeAddress(text), protocol, host }));
}

function listOf(headers: HeaderList, name: string): string[] {
  const values = valuesOf(headers, name);
  return values.length === 0
    ? []
    : values
        .join(',')
        .split(',')
        .map((item) => item.trim());
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. */
function nodeAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, inBrackets, beforePort] = /^(?:\[(.*)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = inBrackets ?? beforePort ?? text;
  return canonicalAddress(address);
}

function protocolOf(text: string | undefined): 'http' | 'https' | undefined {
  switch (text?.toLowerCase()) {
    case 'http':
    case 'ws':
      return 'http';
    case 'https':
    case 'wss':
      return 'https';
    default:
      return undefined;
  }
}

function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && text !== '' && isHost(text) ? text : undefined;
}
