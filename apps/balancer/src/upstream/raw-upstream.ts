import type { Socket } from 'node:net';
import { NoFreeConnectionError } from '../errors.js';
import type { Limits, Timeouts } from '../limits.js';
import { connectWithin } from './connect.js';
import { connectFault } from './connect-fault.js';
import { Connection, type UnsentListener } from './connection.js';
import type {
  Upstream,
  UpstreamCall,
  UpstreamFactory,
  UpstreamHandler,
  UpstreamRequest,
} from './upstream.js';

/** Idle connections are kept this long when the node does not say. */
const DEFAULT_KEEP_ALIVE_MS = 4_000;
/** Given up this much before the node does, so that no request meets a connection being closed. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const SWEEP_MS = 1_000;

/** Upstreams on bare TCP: own writer, own strict parser, a pool of connections for each node. */
export function rawUpstreams(
  limits: Limits,
  timeouts: Timeouts,
  now: () => number,
): UpstreamFactory {
  return (origin) => {
    const { hostname, port } = new URL(origin);
    const address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
    return new RawUpstream({ address, limits, timeouts, now });
  };
}

const CLOSED = 'the client of this node was closed';

interface RawUpstreamOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly now: () => number;
}

interface IdleConnection {
  readonly connection: Connection;
  readonly untilMs: number;
}

class RawUpstream implements Upstream {
  readonly #options: RawUpstreamOptions;
  readonly #connections = new Set<Connection>();
  /** Latest last: the one used last is the least likely to be closed by the node. */
  readonly #idle: IdleConnection[] = [];
  /** In the order they came. */
  readonly #waiting = new Set<RawCall>();
  #opening = 0;
  #closing = false;
  #destroyed = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: RawUpstreamOptions) {
    this.#options = options;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const call = new RawCall(request, handler, this.#openAnew);
    this.#place(call);
    return call;
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#sweeper);
    for (const { connection } of this.#idle.splice(0)) connection.destroy();
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    await this.close();
    const error = new Error(CLOSED);
    for (const connection of [...this.#connections]) connection.fail(error);
    for (const call of [...this.#waiting]) call.fail('local', error);
  }

  #place(call: RawCall): void {
    const connection = this.#takeIdle();
    if (connection !== undefined) this.#use(connection, call);
    else this.#openOrQueue(call);
  }

  #openOrQueue(call: RawCall): void {
    const { connectionsPerNode } = this.#options.limits;
    if (this.#connections.size + this.#opening < connectionsPerNode) this.#open(call);
    else this.#queue(call);
  }

  /**
   * The connection was closed before anything was written to it. Only a new one tells whether the node
   * is gone or has merely closed what it had kept (the failures prevented: a request leaves the
   * node of its session, which is well; or it comes to another one that nobody has told
   * that the first is gone, and waits for the bus to find that out).
   */
  readonly #openAnew = (call: RawCall): void => {
    if (this.#destroyed) call.fail('local', new Error(CLOSED));
    else this.#openOrQueue(call);
  };

  /**
   * Every connection is taken. Without a bound, a node that is slow to answer would collect the
   * requests of everybody; one that is given up here has not been written and goes elsewhere.
   */
  #queue(call: RawCall): void {
    const { limits, timeouts, address } = this.#options;
    const name = `${address.host}:${address.port}`;
    if (this.#waiting.size >= limits.queuedPerNode) {
      const error = new NoFreeConnectionError(name, `${this.#waiting.size} requests wait already`);
      // The caller is promised to hear nothing before `send()` has returned.
      queueMicrotask(() => call.fail('local', error));
      return;
    }
    this.#waiting.add(call);
    call.wait(timeouts.queueMs, {
      onOver: () => this.#waiting.delete(call),
      onLate: () => {
        const error = new NoFreeConnectionError(name, `none within ${timeouts.queueMs} ms`);
        call.fail('local', error);
      },
    });
  }

  /**
   * A kept connection may have been closed by the node a moment ago. What cannot be repeated waits
   * for one turn of the event loop, in which what the kernel knows of it becomes known here, so
   * that it is not written into the void.
   */
  #use(connection: Connection, call: RawCall): void {
    if (!call.request.verifyConnection) {
      call.start(connection);
      return;
    }
    afterNextPoll(() => {
      if (call.cancelled) this.#release(connection);
      else if (connection.usable) call.start(connection);
      else this.#place(call);
    });
  }

  #open(call: RawCall): void {
    this.#opening++;
    const { address, timeouts } = this.#options;
    connectWithin(address, timeouts.connectMs, (error, socket) => {
      this.#opening--;
      if (error === undefined && !this.#destroyed) {
        this.#onOpen(socket, call);
        return;
      }
      socket.destroy();
      if (error === undefined) call.fail('local', new Error(CLOSED));
      else call.fail(connectFault(error), error);
      this.#serveWaiting();
    });
  }

  #onOpen(socket: Socket, call: RawCall): void {
    const connection = new Connection({
      socket,
      maxHeadBytes: this.#options.limits.responseHeadBytes,
      onIdle: (idle, keepAliveMs) => this.#release(idle, keepAliveMs),
      onGone: (gone) => this.#forget(gone),
    });
    this.#connections.add(connection);
    if (call.cancelled) this.#release(connection);
    else call.start(connection);
  }

  #takeIdle(): Connection | undefined {
    const nowMs = this.#options.now();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.connection.usable && nowMs < idle.untilMs) return idle.connection;
      idle.connection.destroy();
    }
    return undefined;
  }

  #release(connection: Connection, keepAliveMs = DEFAULT_KEEP_ALIVE_MS): void {
    if (this.#closing) {
      connection.destroy();
      return;
    }
    const untilMs = this.#options.now() + keepAliveMs - KEEP_ALIVE_MARGIN_MS;
    this.#idle.push({ connection, untilMs });
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    if (this.#waiting.size === 0) return;
    const [call] = this.#waiting as unknown as [RawCall];
    call.endWait();
    this.#place(call);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.findIndex((idle) => idle.connection === connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#serveWaiting();
  }

  #sweep(): void {
    const nowMs = this.#options.now();
    const expired = this.#idle.filter(({ untilMs }) => untilMs <= nowMs);
    for (const { connection } of expired) connection.destroy();
  }
}

/** A request on its way to a connection, and then on it. */
class RawCall implements UpstreamCall, UnsentListener {
  #isAnew = false;
  #connection: Connection | undefined;
  #cancelled = false;
  #deadline: NodeJS.Timeout | undefined;
  #onWaitOver: (() => void) | undefined;

  constructor(
    readonly request: UpstreamRequest,
    readonly handler: UpstreamHandler,
    private readonly openAnew: (call: RawCall) => void,
  ) {}

  get cancelled(): boolean {
    return this.#cancelled;
  }

  start(connection: Connection): void {
    this.#connection = connection;
    connection.send(this.request, this.handler, this);
  }

  /** Once: a node that closes new connections as well is no better for a third one. */
  onUnsent(cause: Error): void {
    if (this.#cancelled) return;
    if (this.#isAnew) {
      this.handler.onFailure({ kind: 'connection', cause });
      return;
    }
    this.#isAnew = true;
    this.openAnew(this);
  }

  /** Waits for a free connection until `endWait`; calls `onLate` when that takes too long. */
  wait(deadlineMs: number, { onOver, onLate }: { onOver: () => void; onLate: () => void }): void {
    this.#onWaitOver = onOver;
    this.#deadline = setTimeout(onLate, deadlineMs);
  }

  endWait(): void {
    clearTimeout(this.#deadline);
    this.#onWaitOver?.();
    this.#onWaitOver = undefined;
  }

  /** There will be no connection for this call. */
  fail(kind: 'connect' | 'local', cause: Error): void {
    this.endWait();
    if (!this.#cancelled) this.handler.onFailure({ kind, cause });
  }

  resume(): void {
    if (!this.#cancelled) this.#connection?.resume(this.handler);
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.endWait();
    this.#connection?.cancel(this.handler);
  }
}

/** The first immediate runs before the loop looks at its sockets again, the second one after. */
function afterNextPoll(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
