import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIMITS } from '../limits.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A port that is open before the application exists. The cluster is told where this node takes HTTP
 * while the application is being built, so with `PORT=0` the port must be known before that; a port
 * that is looked up, closed and opened again can be taken by somebody else in between. Requests
 * that come too early wait until there is somebody to answer them.
 */
export class OpenPort {
  readonly server: Server;
  #port = 0;
  #listener: Listener | undefined;
  #held: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];

  private constructor(private readonly maxHeld: number) {
    this.server = createServer((request, response) => this.#take(request, response));
  }

  /** Rejects with Node's error when the address cannot be had. */
  static open(
    host: string,
    port: number,
    maxHeld: number = LIMITS.maxHeldRequests,
  ): Promise<OpenPort> {
    const opened = new OpenPort(maxHeld);
    return new Promise((resolve, reject) => {
      opened.server.once('error', reject);
      opened.server.listen(port, host, () => {
        opened.server.off('error', reject);
        opened.#port = (opened.server.address() as AddressInfo).port;
        resolve(opened);
      });
    });
  }

  /** The port it got; known for as long as somebody may ask, also after it was closed. */
  get port(): number {
    return this.#port;
  }

  /** Hands over what has come so far, and everything from now on. */
  serve(listener: Listener): void {
    this.#listener = listener;
    for (const { request, response } of this.#held.splice(0)) listener(request, response);
  }

  /** Takes no new connections and resolves when the last request was answered. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#listener !== undefined) {
      this.#listener(request, response);
    } else if (this.#held.length < this.maxHeld) {
      this.#held.push({ request, response });
    } else {
      response.writeHead(503, { 'Retry-After': '1' }).end();
    }
  }
}
