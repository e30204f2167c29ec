import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { UPGRADED_CLOSE_MS } from '../limits.js';

type UpgradeListener = (request: IncomingMessage, socket: Duplex) => void;

/** What is used of an HTTP server. */
export interface UpgradingServer {
  on(event: 'newListener' | 'removeListener', listener: (event: string | symbol) => void): unknown;
  prependListener(event: 'upgrade', listener: UpgradeListener): unknown;
  off(event: 'upgrade', listener: UpgradeListener): unknown;
  listenerCount(event: 'upgrade'): number;
}

/** A frame that closes a WebSocket with 1001, "going away" (RFC 6455 §5.5.1); servers do not mask. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/**
 * The connections of a server that are no longer HTTP. A server that closes waits for them and does
 * not end them, so one forgotten WebSocket would hold a shutdown up until it is killed.
 */
export class UpgradedSockets {
  readonly #sockets = new Map<Duplex, { readonly isWebSocket: boolean }>();
  readonly #note: UpgradeListener = (request, socket) => {
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    this.#sockets.set(socket, { isWebSocket });
    socket.once('close', () => this.#sockets.delete(socket));
  };

  /**
   * Listens only beside others: Node takes a server with a listener for one that upgrades, and a
   * connection that nobody answers would stay open.
   */
  observe(server: UpgradingServer): void {
    let isListening = false;
    const follow = (others: number): void => {
      if (others > 0 === isListening) return;
      isListening = !isListening;
      if (isListening) server.prependListener('upgrade', this.#note);
      else server.off('upgrade', this.#note);
    };
    server.on('newListener', (event) => {
      if (event === 'upgrade') follow(1);
    });
    server.on('removeListener', (event) => {
      if (event === 'upgrade') follow(server.listenerCount('upgrade') - (isListening ? 1 : 0));
    });
    follow(server.listenerCount('upgrade'));
  }

  /** Tells WebSockets that the server goes away, and ends what has not ended a moment later. */
  async close(): Promise<void> {
    if (this.#sockets.size === 0) return;
    const closing = Array.from(this.#sockets, ([socket, { isWebSocket }]) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      // Behind whatever was written before; a frame of control may stand between any two others.
      if (isWebSocket && socket.writable) socket.write(GOING_AWAY);
      return closed;
    });
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.keys()) socket.destroy();
    }, UPGRADED_CLOSE_MS);
    await Promise.all(closing);
    clearTimeout(timer);
  }
}
