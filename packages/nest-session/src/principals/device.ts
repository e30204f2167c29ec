import { isIP, isIPv4 } from 'node:net';
import type { RequestFacts } from '../http/request-facts.js';
import { addressKey } from '../rate-limit/client-address.js';
import { describeAgent } from './describe-agent.js';

/**
 * What a person recognizes a device by, as it was when it signed in or last got a new id. Nothing in
 * it is exact enough to follow somebody; `null` where the request did not tell.
 */
export interface Device {
  /** Name and major version, such as `Firefox 140`. */
  readonly browser: string | null;
  /** Such as `Windows` or `iPhone`. */
  readonly system: string | null;
  /** The IPv4 /24 or IPv6 /64 it came from. */
  readonly network: string | null;
}

export const UNKNOWN_DEVICE: Device = { browser: null, system: null, network: null };

export function deviceOf(facts: RequestFacts): Device {
  const { browser, system } = describeAgent(facts.header('user-agent'));
  return { browser: browser ?? null, system: system ?? null, network: networkOf(facts.ip) ?? null };
}

/** As the engine carries it; names come from tables, so it always fits. */
export function encodeDevice({ browser, system, network }: Device): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([browser, system, network]));
}

/** Never throws: another version may have written something else, and the list is still of use. */
export function decodeDevice(bytes: Uint8Array): Device {
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(fields)) return UNKNOWN_DEVICE;
    const [browser, system, network] = fields.map((field) =>
      typeof field === 'string' ? field : null,
    );
    return { browser: browser ?? null, system: system ?? null, network: network ?? null };
  } catch {
    return UNKNOWN_DEVICE;
  }
}

/** The network of an address: enough to tell home from a foreign country, too little to be a person. */
export function networkOf(ip: string): string | undefined {
  const key = addressKey(ip);
  if (isIPv4(key)) return `${key.slice(0, key.lastIndexOf('.'))}.0/24`;
  return isIP(ip.split('%', 1)[0] as string) === 6 ? key : undefined;
}
