import type { IncomingMessage } from 'node:http';
import { type ConnectionFacts, connectionFacts } from '../proxy/connection-facts.js';
import type { HeaderList } from '../proxy/header-list.js';
import { forwardedRequestHeaders, keptRequestHeaders } from '../proxy/request-headers.js';
import type { AddressRanges } from './address-ranges.js';
import { type Claim, claimsOf, type ForwardedHeader } from './claims.js';

/** Who sent a request: of its connection, or what a trusted proxy says of it. */
export interface Client extends ConnectionFacts {
  /** Proxies that it came through, the nearest last. */
  readonly via?: readonly string[] | undefined;
  /** The host that the client asked the first proxy for. */
  readonly host?: string | undefined;
}

/** How it is found out where requests come from, and how nodes are told. */
export interface Forwarding {
  clientOf(request: IncomingMessage): Client;
  /** The fields a node receives. `host` is that of the request. */
  headersFor(headers: HeaderList, client: Client, host: string): string[];
}

/** Believes nobody and says it as `X-Forwarded-*`. */
const OWN_WORD: Forwarding = {
  clientOf: (request) => connectionFacts(request.socket),
  headersFor: (headers, { address, protocol }, host) =>
    forwardedRequestHeaders(headers, { address, protocol, host }),
};

export interface ForwardingOptions {
  /** Whose word is believed. */
  readonly trusted: AddressRanges;
  readonly header: ForwardedHeader;
}

export function forwardingOf({ trusted, header }: ForwardingOptions): Forwarding {
  if (trusted.isEmpty && header === 'x-forwarded') return OWN_WORD;
  return {
    clientOf(request) {
      const facts = connectionFacts(request.socket);
      if (facts.isTrustedProxy !== true) return facts;
      return clientBehind(facts, claimsOf(request.rawHeaders, header), trusted);
    },
    headersFor(headers, client, host) {
      const kept = keptRequestHeaders(headers);
      kept.push('Host', host);
      if (header !== 'forwarded') pushXForwarded(kept, client, host);
      if (header !== 'x-forwarded') kept.push('Forwarded', renderForwarded(client, host));
      return kept;
    },
  };
}

/** Proxies one behind the other that are believed; no real chain is as long. */
const MAX_HOPS = 16;

/** Goes back from the connection as long as those who speak are trusted. */
function clientBehind(
  facts: ConnectionFacts,
  claims: readonly Claim[],
  trusted: AddressRanges,
): Client {
  const chain = [facts.address];
  let claim = claims.at(-1);
  for (let i = claims.length - 1; i >= 0 && chain.length <= MAX_HOPS; i--) {
    const { address } = claims[i] as Claim;
    if (address === undefined) break;
    claim = claims[i];
    chain.unshift(address);
    if (!trusted.has(address)) break;
  }
  const [address = facts.address, ...via] = chain;
  return {
    address,
    protocol: claim?.protocol ?? facts.protocol,
    // Of the proxy's connection; as an identity of a client it would be one for all of them.
    tlsSessionId: undefined,
    via,
    host: claim?.host,
  };
}

function pushXForwarded(fields: string[], client: Client, host: string): void {
  const { address, protocol, via = [] } = client;
  fields.push(
    ...['X-Forwarded-For', [address, ...via].join(', ')],
    ...['X-Forwarded-Proto', protocol, 'X-Forwarded-Host', client.host ?? host],
  );
}

/**
 * The field of RFC 7239. Addresses of IPv6 stand in brackets and quotes (§6), and so does a host,
 * which may have a colon. Neither can have a quote in it.
 */
function renderForwarded({ address, protocol, via = [], ...client }: Client, host: string): string {
  const first = `for=${forwardedNode(address)};host="${client.host ?? host}";proto=${protocol}`;
  return [first, ...via.map((proxy) => `for=${forwardedNode(proxy)}`)].join(', ');
}

function forwardedNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}
