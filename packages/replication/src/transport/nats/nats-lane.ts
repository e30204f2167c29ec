import { setTimeout as delay } from 'node:timers/promises';
import { StatusBoard } from '../status-board.js';
import type { TransportSubscription } from '../transport.js';
import type { TransportLogger } from '../transport-logger.js';
import type {
  NatsClient,
  NatsClientEvent,
  NatsDelivery,
  NatsPublishOptions,
} from './nats-client.js';
import { OutboundWindow } from './outbound-window.js';
import { RoundTrips } from './round-trips.js';

/** Longest wait for what is still to be sent before a connection is let go. */
const LAST_FLUSH_MS = 2_000;

interface LaneSubscription {
  readonly pattern: string;
  readonly deliver: (delivery: NatsDelivery) => void;
  handle: TransportSubscription | undefined;
  active: boolean;
}

export interface NatsSupply {
  /** Dials until there is a new connection; undefined when told to stop. */
  replace(lost: NatsClient, signal: AbortSignal): Promise<NatsClient | undefined>;
  /** Whether there are other brokers to go to. */
  hasAlternatives(client: NatsClient): boolean;
}

export interface NatsLaneOptions {
  /** In messages of the log: `control`, … */
  readonly name: string;
  readonly client: NatsClient;
  /** Whether the connection is up; an open connection somebody gave us may be down just now. */
  readonly online: boolean;
  /**
   * Where new connections of ours come from; undefined for a connection somebody gave us, which
   * reconnects by itself and is not ours to close.
   */
  readonly supply?: NatsSupply | undefined;
  readonly logger: TransportLogger;
}

/**
 * One connection to the bus and what is to be restored when it is replaced. A lost connection of
 * ours is replaced by a new client rather than mended, because a new one has an empty buffer:
 * nothing published around the loss can be delivered late.
 */
export class NatsLane {
  readonly board: StatusBoard;
  readonly #subscriptions = new Set<LaneSubscription>();
  readonly #roundTrips = new RoundTrips();
  readonly #stop = new AbortController();
  #client: NatsClient;
  #window = new OutboundWindow();
  #dropping = false;

  constructor(private readonly options: NatsLaneOptions) {
    this.board = new StatusBoard(
      { kind: options.online ? 'connected' : 'disconnected' },
      options.logger,
    );
    this.#client = options.client;
    this.#adopt(options.client);
  }

  get maxPayloadBytes(): number {
    return this.#client.maxPayloadBytes;
  }

  get echoes(): boolean {
    return this.#client.echoes;
  }

  publish(subject: string, payload: Uint8Array, options: NatsPublishOptions): void {
    if (this.board.current.kind !== 'connected') return;
    const window = this.#window;
    if (!window.admit(payload.byteLength)) {
      this.#reportDropping();
      return;
    }
    const client = this.#client;
    client.publish(subject, payload, options);
    const mark = window.due();
    if (mark === undefined) return;
    const answered = this.#roundTrips.begin(() => client.flush());
    void answered.then((confirmed) => confirmed && window.confirm(mark));
  }

  subscribe(pattern: string, deliver: (delivery: NatsDelivery) => void): TransportSubscription {
    const subscription: LaneSubscription = { pattern, deliver, handle: undefined, active: true };
    this.#subscriptions.add(subscription);
    this.#attach(subscription, this.#client);
    return { unsubscribe: () => this.#unsubscribe(subscription) };
  }

  /** @throws TransportClosedError */
  async flush(): Promise<void> {
    for (;;) {
      await this.board.whenConnected();
      const client = this.#client;
      if (await this.#roundTrips.begin(() => client.flush())) return;
      // The loss may not have shown in the status yet; without a pause this would spin until then.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const online = this.board.current.kind === 'connected';
    this.#stop.abort();
    for (const subscription of this.#subscriptions) this.#unsubscribe(subscription);
    if (online) await this.#lastFlush(this.#client);
    this.board.set({ kind: 'closed' });
    if (this.options.supply !== undefined) await this.#client.close();
  }

  #adopt(client: NatsClient): void {
    this.#client = client;
    this.#openWindow();
    for (const subscription of this.#subscriptions) this.#attach(subscription, client);
    client.watch((event) => this.#onEvent(client, event));
    void client.closed.then((reason) => this.#onClosed(client, reason));
  }

  #attach(subscription: LaneSubscription, client: NatsClient): void {
    subscription.handle = client.subscribe(subscription.pattern, subscription.deliver);
  }

  #unsubscribe(subscription: LaneSubscription): void {
    if (!subscription.active) return;
    subscription.active = false;
    this.#subscriptions.delete(subscription);
    subscription.handle?.unsubscribe();
  }

  #onEvent(client: NatsClient, event: NatsClientEvent): void {
    if (client !== this.#client || this.#stop.signal.aborted) return;
    const { supply } = this.options;
    switch (event) {
      case 'lost':
        this.board.set({ kind: 'disconnected' });
        return;
      case 'regained':
        this.#openWindow();
        this.board.set({ kind: 'connected' });
        return;
      case 'stale':
        this.board.set({ kind: 'disconnected' });
        // Left alone, the client waits for its socket to drain, which a frozen broker never lets it.
        if (supply !== undefined) void client.close();
        return;
      case 'lame-duck':
        if (supply?.hasAlternatives(client)) void this.#moveAway(client);
    }
  }

  #openWindow(): void {
    this.#window = new OutboundWindow();
    this.#dropping = false;
  }

  #reportDropping(): void {
    if (this.#dropping) return;
    this.#dropping = true;
    this.options.logger.warn(`bus connection ${this.options.name} does not keep up and drops`);
  }

  /** Leaves a broker that is about to shut down while it still answers. */
  async #moveAway(client: NatsClient): Promise<void> {
    await this.#lastFlush(client);
    await client.close();
  }

  #onClosed(client: NatsClient, cause: Error | undefined): void {
    if (client !== this.#client) return;
    this.#roundTrips.lost();
    if (this.#stop.signal.aborted) return;
    const { supply, name, logger } = this.options;
    if (supply === undefined) {
      this.board.set({ kind: 'closed', cause });
      return;
    }
    this.board.set({ kind: 'disconnected' });
    logger.warn(`bus connection ${name} lost${cause === undefined ? '' : `: ${cause.message}`}`);
    void this.#replace(client, supply);
  }

  async #replace(lost: NatsClient, supply: NatsSupply): Promise<void> {
    const client = await supply.replace(lost, this.#stop.signal);
    if (client === undefined) return;
    if (this.#stop.signal.aborted) return client.close();
    this.#adopt(client);
    this.options.logger.warn(`bus connection ${this.options.name} is back`);
    this.board.set({ kind: 'connected' });
  }

  async #lastFlush(client: NatsClient): Promise<void> {
    const patience = new AbortController();
    const tooLong = delay(LAST_FLUSH_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([this.#roundTrips.begin(() => client.flush()), tooLong]);
    patience.abort();
  }
}
