import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';

/** A TCP relay in front of a bus, to take the bus away from one transport. */
export class SeverableProxy {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(
    private readonly targetPort: number,
    private readonly maxConnections: number,
  ) {}

  /** @param maxConnections further ones are hung up on */
  static async inFrontOf(
    targetPort: number,
    maxConnections = Number.MAX_SAFE_INTEGER,
  ): Promise<SeverableProxy> {
    const proxy = new SeverableProxy(targetPort, maxConnections);
    await proxy.mend();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Sockets open on either side. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Resets every connection and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async mend(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((inner) => this.#relay(inner));
    server.maxConnections = this.maxConnections;
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  #relay(inner: Socket): void {
    const outer = createConnection(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
