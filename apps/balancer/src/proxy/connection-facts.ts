import type { Duplex } from 'node:stream';
import { plainAddress } from '../edge/address.js';

/** What is known of a client's connection before its first request. */
export interface ConnectionFacts {
  /** IPv4 addresses without their IPv6 mapping, so that nodes see one form of each. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** In lower-case hex; only up to TLS 1.2, later versions show none. */
  readonly tlsSessionId?: string | undefined;
  /** It is believed what it says of whom it forwards for. */
  readonly isTrustedProxy?: boolean | undefined;
}

const noted = new WeakMap<Duplex, ConnectionFacts>();

/** For whoever accepted the connection and knows more of it than its socket tells. */
export function noteConnection(socket: Duplex, facts: ConnectionFacts): void {
  noted.set(socket, facts);
}

export function connectionFacts(
  socket: Duplex & { readonly remoteAddress?: string | undefined },
): ConnectionFacts {
  const known = noted.get(socket);
  if (known !== undefined) return known;
  // The system is asked for the address once, not for each request.
  const facts: ConnectionFacts = { address: plainAddress(socket.remoteAddress), protocol: 'http' };
  noted.set(socket, facts);
  return facts;
}
