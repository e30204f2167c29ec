import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Limits, Timeouts } from '../limits.js';
import { type ConnectionFacts, noteConnection } from '../proxy/connection-facts.js';
import { plainAddress } from './address.js';
import type { AddressRanges } from './address-ranges.js';
import type { ConnectionCaps } from './connection-caps.js';
import type { ProxyHeader } from './proxy-protocol.js';
import { readProxyHeader } from './read-proxy-header.js';
import type { TlsListener, TlsTermination } from './tls-termination.js';

/** Why a connection was closed before its first request. */
export type ConnectionRefusal = 'proxy-header' | 'tls' | 'address-limit';

export interface GateOptions {
  /** These send a PROXY header before anything else. */
  readonly proxies: AddressRanges;
  /** These are believed what they say in requests of whom they forward for. */
  readonly forwarders: AddressRanges;
  readonly caps: ConnectionCaps;
  /** Both may change while connections are open. */
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly onRefused: (reason: ConnectionRefusal) => void;
}

/** A connection whose TLS handshake is under way. */
interface Handshake {
  readonly socket: Socket;
  readonly facts: ConnectionFacts;
  readonly deadline: NodeJS.Timeout;
}

/**
 * What a connection goes through between its acceptance and its first request: PROXY header, bound
 * per address, TLS. It stands before the listener of node:http rather than before the server, which
 * thus goes on to accept, to count and to close connections, and to time their requests.
 */
export class ConnectionGate {
  readonly #options: GateOptions;
  readonly #tls: TlsTermination | undefined;
  readonly #opening = new Set<Socket>();
  readonly #handshakes = new Map<string, Handshake>();
  #pass: (socket: Socket) => void = () => {};

  /** @throws OptionError when `openTls` does. */
  constructor(options: GateOptions, openTls?: (listener: TlsListener) => TlsTermination) {
    this.#options = options;
    this.#tls = openTls?.({
      onSecure: (socket, sessionId) => this.#onSecure(socket, sessionId),
      onFailure: () => options.onRefused('tls'),
    });
  }

  get tls(): TlsTermination | undefined {
    return this.#tls;
  }

  /** Places itself before whoever listens for connections of `server` now, not later. */
  guard(server: Server): void {
    const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
    this.#pass = (socket) => {
      for (const listener of listeners) listener.call(server, socket);
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket) => this.#onConnection(socket));
  }

  /** Closes what has not become a connection of the server yet. */
  close(): void {
    for (const socket of this.#opening) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    // By somebody who counts connections and was asked before.
    if (socket.destroyed) return;
    this.#opening.add(socket);
    socket.on('error', ignore);
    socket.once('close', () => this.#opening.delete(socket));
    const peer = plainAddress(socket.remoteAddress);
    if (!this.#options.proxies.has(peer)) {
      this.#admit(socket, { address: peer, protocol: 'http' });
      return;
    }
    const { timeouts, limits } = this.#options;
    const deadline = setTimeout(() => this.#refuse(socket, 'proxy-header'), timeouts.proxyHeaderMs);
    socket.once('close', () => clearTimeout(deadline));
    readProxyHeader(socket, limits.proxyHeaderBytes, (header) => {
      clearTimeout(deadline);
      if (header === undefined) this.#refuse(socket, 'proxy-header');
      else this.#admit(socket, factsOf(peer, header), peer);
    });
  }

  /** `peer`: the proxy that spoke for the client, of which there are many on its address. */
  #admit(socket: Socket, told: ConnectionFacts, peer?: string): void {
    const { address } = told;
    const { caps, forwarders } = this.#options;
    const isTrustedProxy = forwarders.has(address);
    const facts = isTrustedProxy ? { ...told, isTrustedProxy } : told;
    if (!isTrustedProxy && address !== peer) {
      if (!caps.admit(address)) {
        this.#refuse(socket, 'address-limit');
        return;
      }
      socket.once('close', () => caps.release(address));
    }
    if (this.#tls === undefined) this.#hand(socket, facts, socket);
    else this.#shakeHands(this.#tls, socket, facts);
  }

  #shakeHands(tls: TlsTermination, socket: Socket, facts: ConnectionFacts): void {
    const key = endsOf(socket);
    const delayMs = this.#options.timeouts.tlsHandshakeMs;
    const deadline = setTimeout(() => socket.destroy(), delayMs);
    const handshake = { socket, facts, deadline };
    this.#handshakes.set(key, handshake);
    socket.once('close', () => {
      clearTimeout(deadline);
      if (this.#handshakes.get(key) === handshake) this.#handshakes.delete(key);
    });
    tls.secure(socket);
  }

  #onSecure(secured: TLSSocket, tlsSessionId: string | undefined): void {
    const key = endsOf(secured);
    const handshake = this.#handshakes.get(key);
    // The client is gone already, and its socket does not say any more whose it was.
    if (handshake === undefined) return void secured.destroy();
    this.#handshakes.delete(key);
    clearTimeout(handshake.deadline);
    const facts = { ...handshake.facts, protocol: 'https', tlsSessionId } as const;
    this.#hand(handshake.socket, facts, secured);
  }

  /** `spoken` is `socket`, or what TLS made of it. */
  #hand(socket: Socket, facts: ConnectionFacts, spoken: Socket): void {
    this.#opening.delete(socket);
    noteConnection(spoken, facts);
    this.#pass(spoken);
    if (spoken !== socket) return;
    socket.removeListener('error', ignore);
    if (socket.isPaused()) socket.resume();
  }

  #refuse(socket: Socket, reason: ConnectionRefusal): void {
    this.#options.onRefused(reason);
    socket.destroy();
  }
}

function factsOf(peer: string, { address, isEncrypted }: ProxyHeader): ConnectionFacts {
  return { address: address ?? peer, protocol: isEncrypted ? 'https' : 'http' };
}

/** Tells open connections of one listener apart, and is the same for what TLS makes of one. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

function ignore(): void {}
