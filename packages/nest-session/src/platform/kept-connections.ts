import type { Socket } from 'node:net';
import { UNUSED_CLOSE_MS } from '../limits.js';

/** What is used of an HTTP server; one of HTTP/2 does without `closeIdleConnections`. */
export interface KeepingServer {
  readonly listening: boolean;
  closeIdleConnections?(): void;
  on(event: 'connection' | 'secureConnection', listener: (socket: Socket) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

const LOOK_MS = 50;

/**
 * The connections that clients keep to a server. A server that closes waits for all of them, and Node
 * closes those that are idle in that one moment (the failures prevented: the client of a download that
 * ends later keeps its connection for `keepAliveTimeout`, 72 s on Fastify, and one that a browser opened in
 * advance and never used keeps it for as long as it likes; until then the process does not end, or is killed).
 */
export class KeptConnections {
  readonly #sockets = new Set<Socket>();

  observe(server: KeepingServer): void {
    const note = (socket: Socket): void => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    };
    server.on('connection', note);
    // Over TLS the one before has read the handshake by now.
    server.on('secureConnection', note);
  }

  /** From here on nothing is kept once the server closes; while it still takes connections, nothing happens. */
  closeWith(server: KeepingServer): void {
    if (!server.listening) return;
    let closingMs = 0;
    const timer = setInterval(() => {
      if (server.listening) return;
      server.closeIdleConnections?.();
      closingMs += LOOK_MS;
      // Of one that was just opened the request may be on its way.
      if (closingMs >= UNUSED_CLOSE_MS) this.#closeUnused();
    }, LOOK_MS);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  #closeUnused(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
