import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { OptionError } from '../../errors.js';
import {
  BUS_AUTH_TIMEOUT_MS,
  BUS_MAX_CONNECTIONS,
  BUS_MAX_PAYLOAD_BYTES,
  BUS_PING_INTERVAL_MS,
} from '../limits.js';
import { type BusCredentials, needsAuthorization } from './authorization.js';
import { Connection } from './connection.js';
import { Router } from './router.js';
import { Session } from './session.js';

export interface EmbeddedBusOptions extends BusCredentials {
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Pause between pings to a client, in ms; two unanswered ones end its connection. Default 10 s. */
  readonly pingIntervalMs?: number | undefined;
  /** Bytes that may wait for one client before it is cut off. Default 64 MiB. */
  readonly maxOutboundBytes?: number | undefined;
  /** Time a client has to show its credentials, in ms. Default 2 s. */
  readonly authTimeoutMs?: number | undefined;
}

export interface EmbeddedBus {
  /** As `natsTransport` takes it, without credentials. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections; idempotent. */
  close(): Promise<void>;
}

/** The generation of nats-server this bus behaves like; clients derive features from it. */
const PROTOCOL_GENERATION = '2.9.10';

const SERVER_ID_BYTES = 12;

/** The largest delay a timer of Node can take. */
const LARGEST = 2 ** 31 - 1;

/**
 * Starts a small broker that speaks the client protocol of NATS, for development and tests on one
 * machine. It shares the event loop: in an application, use `embeddedBus()`, which runs it in a
 * process of its own. No clustering, no persistence, no TLS.
 *
 * @throws OptionError
 */
export async function startEmbeddedBus(options: EmbeddedBusOptions = {}): Promise<EmbeddedBus> {
  const { host = '127.0.0.1', port = 0 } = options;
  checkOptions(options);
  const bus = new BusServer(options);
  await bus.listen(host, port);
  return bus;
}

class BusServer implements EmbeddedBus {
  readonly #server: Server;
  readonly #router = new Router(Math.random);
  readonly #connections = new Set<Connection>();
  readonly #serverId = randomBytes(SERVER_ID_BYTES).toString('hex').toUpperCase();
  readonly #pings: NodeJS.Timeout;
  #address: AddressInfo | undefined;
  #dirty: Connection[] = [];
  #clients = 0;
  #closing: Promise<void> | undefined;

  constructor(private readonly options: EmbeddedBusOptions) {
    this.#server = createServer((socket) => this.#accept(socket));
    this.#pings = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, options.pingIntervalMs ?? BUS_PING_INTERVAL_MS).unref();
  }

  get port(): number {
    return this.#address?.port ?? 0;
  }

  get url(): string {
    const { address = '', port = 0 } = this.#address ?? {};
    return `nats://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  async listen(host: string, port: number): Promise<void> {
    this.#server.listen(port, host);
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      clearInterval(this.#pings);
      throw error;
    }
    this.#address = this.#server.address() as AddressInfo;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#pings);
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.cut();
    await closed;
  }

  #accept(socket: Socket): void {
    const connection = new Connection({
      socket,
      greeting: this.#greeting(socket),
      createSession: (output) => new Session(this.#router, output, this.options),
      authTimeoutMs: this.options.authTimeoutMs ?? BUS_AUTH_TIMEOUT_MS,
      maxOutboundBytes: this.options.maxOutboundBytes,
      onDirty: (dirty) => this.#flushLater(dirty),
      onGone: (gone) => this.#connections.delete(gone),
    });
    this.#connections.add(connection);
    if (this.#connections.size > BUS_MAX_CONNECTIONS) {
      connection.dismiss('maximum connections exceeded');
    }
  }

  /** One write for all that a turn of the event loop brought up for a client. */
  #flushLater(connection: Connection): void {
    if (this.#dirty.length === 0) setImmediate(() => this.#flush());
    this.#dirty.push(connection);
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) connection.flush();
  }

  #greeting(socket: Socket): string {
    this.#clients += 1;
    const info = {
      server_id: this.#serverId,
      server_name: 'understudy-bus',
      version: PROTOCOL_GENERATION,
      proto: 1,
      go: '',
      host: this.#address?.address,
      port: this.port,
      headers: true,
      ...(needsAuthorization(this.options) ? { auth_required: true } : {}),
      max_payload: BUS_MAX_PAYLOAD_BYTES,
      client_id: this.#clients,
      client_ip: socket.remoteAddress,
    };
    return `INFO ${JSON.stringify(info)} \r\n`;
  }
}

/** @throws OptionError */
export function checkOptions(options: EmbeddedBusOptions): void {
  const { host, port, token, user, pass } = options;
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw new OptionError('host', host, 'a host name or address');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new OptionError('port', port, 'a port number, or 0 for a free one');
  }
  for (const name of ['pingIntervalMs', 'authTimeoutMs', 'maxOutboundBytes'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0 && value <= LARGEST)) {
      throw new OptionError(name, value, `a whole number above 0, at most ${LARGEST}`);
    }
  }
  for (const [name, value] of Object.entries({ token, user, pass })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new OptionError(name, typeof value, 'a string that is not empty');
    }
  }
  if (pass !== undefined && user === undefined) {
    throw new OptionError('user', undefined, 'to be set beside pass');
  }
}
