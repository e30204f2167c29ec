import { withDefaults } from '../config/ranges.js';
import { RATE_LIMIT_RANGES } from '../config/sections/rate-limit.js';
import { OptionError } from '../errors.js';
import { AddressRanges, isRange, RANGE } from './address-ranges.js';
import { CertificateTable, type TlsOptions } from './certificates.js';
import { FORWARDED_HEADERS, type ForwardedHeader } from './claims.js';
import { DEFAULT_RATE_LIMIT, type RateLimitSettings } from './rate-limit.js';

/** What lies between the network and the first request. Nothing of it is on by default. */
export interface FrontOptions {
  /** Makes the port one for https. Default: none, it is one for http. */
  readonly tls?: TlsOptions | undefined;
  /** Proxies that begin each connection with a PROXY header, version 1 or 2. Default: none. */
  readonly proxyProtocol?: { readonly trusted?: readonly string[] | undefined } | undefined;
  readonly forwarded?:
    | {
        /** Proxies whose `Forwarded` or `X-Forwarded-*` is believed. Default: none. */
        readonly trusted?: readonly string[] | undefined;
        /** What they write, and what nodes get. Default `x-forwarded`; `both` reads that one. */
        readonly header?: ForwardedHeader | undefined;
      }
    | undefined;
  /** Requests of one IPv4 address or IPv6 /64; `perSecond` 0, the default, sets no limit. */
  readonly rateLimit?: Partial<RateLimitSettings> | undefined;
}

export interface NormalizedFront {
  readonly tls: TlsOptions | undefined;
  readonly proxies: AddressRanges;
  readonly forwarders: AddressRanges;
  readonly forwardedHeader: ForwardedHeader;
}

/** @throws OptionError naming the first option that cannot be used. */
export function normalizeFront({ tls, proxyProtocol, forwarded }: FrontOptions): NormalizedFront {
  const header = forwarded?.header ?? 'x-forwarded';
  if (!FORWARDED_HEADERS.includes(header)) {
    throw new OptionError('forwarded.header', header, FORWARDED_HEADERS.join(' or '));
  }
  // Told before anything is opened.
  if (tls !== undefined) new CertificateTable(tls);
  return {
    tls,
    proxies: rangesOf('proxyProtocol.trusted', proxyProtocol?.trusted),
    forwarders: rangesOf('forwarded.trusted', forwarded?.trusted),
    forwardedHeader: header,
  };
}

/** @throws OptionError naming the first number that is not known or out of its range. */
export function normalizeRateLimit(given?: Partial<RateLimitSettings>): RateLimitSettings {
  return withDefaults('rateLimit', DEFAULT_RATE_LIMIT, RATE_LIMIT_RANGES, given);
}

function rangesOf(option: string, ranges: readonly string[] = []): AddressRanges {
  for (const [index, text] of ranges.entries()) {
    if (!isRange(text)) throw new OptionError(`${option}[${index}]`, text, RANGE);
  }
  return new AddressRanges(ranges);
}
