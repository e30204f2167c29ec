import type { Duplex } from 'node:stream';

/** What is known of a client's connection before its first request. */
export interface ConnectionFacts {
  /** IPv4 addresses without their IPv6 mapping, so that nodes see one form of each. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** In lower-case hex; only up to TLS 1.2, later versions show none. */
  readonly tlsSessionId?: string | undefined;
}

const noted = new WeakMap<Duplex, ConnectionFacts>();

/** For whoever accepted the connection and knows more of it than its socket tells. */
export function noteConnection(socket: Duplex, facts: ConnectionFacts): void {
  noted.set(socket, facts);
}

export function connectionFacts(
  socket: Duplex & { readonly remoteAddress?: string | undefined },
): ConnectionFacts {
  return noted.get(socket) ?? { address: plain(socket.remoteAddress), protocol: 'http' };
}

function plain(address = 'unknown'): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
