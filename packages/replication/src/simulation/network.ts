import type { Lane } from '../transport/transport.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** A process as the broker knows it. */
export interface Subscriber {
  readonly id: string;
  receive(bytes: Uint8Array): void;
  /** Nobody listens at that incarnation. */
  unreachable(incarnation: string): void;
  busChanged(connected: boolean): void;
}

export interface NetworkSettings {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Now and then a message takes this long. */
  readonly spikeMs: number;
  readonly spikeChance: number;
  /** The broker says that nobody listens although somebody does. */
  readonly falseHintChance: number;
}

interface Connection {
  readonly subscriber: Subscriber;
  incarnation: string;
  /** The broker and the client reach each other. */
  up: boolean;
  /** The broker knows the subscriptions; it may know them longer than the link lasts. */
  subscribed: boolean;
  closed: boolean;
  readonly departedMs: Map<Lane, number>;
}

interface Partition {
  readonly side: ReadonlySet<string>;
  readonly mode: PartitionMode;
  readonly fromMs: number;
  readonly hintsAfterMs: number;
  readonly held: (() => void)[];
}

/**
 * `late`: brokers keep what they cannot pass on, and nothing overtakes it. `overtaken`: it arrives
 * late as well, but newer messages go first. `lost`: it is dropped, and after a while the brokers
 * say that nobody listens on the other side.
 */
export type PartitionMode = 'late' | 'overtaken' | 'lost';

/**
 * A NATS as its clients know it, not as UDP: what one connection publishes arrives in order at each
 * subscriber or not at all; what is sent while disconnected is lost; the publisher hears when nobody
 * listens. One connection per lane, so lanes overtake each other. Brokers that lose each other
 * deliver up to half a minute late.
 */
export class Network {
  readonly #connections = new Map<Subscriber, Connection>();
  readonly #byIncarnation = new Map<string, Connection>();
  /** When the last message of a connection arrives, by sender, lane and receiver. */
  readonly #arrivals = new Map<string, number>();
  #partition: Partition | undefined;
  /** Until then, what crosses between the former sides waits. */
  #lateUntilMs = 0;
  #formerSide: ReadonlySet<string> = new Set();
  messages = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly settings: NetworkSettings,
  ) {}

  connect(subscriber: Subscriber, incarnation: string): void {
    const connection: Connection = {
      subscriber,
      incarnation,
      up: true,
      subscribed: true,
      closed: false,
      departedMs: new Map(),
    };
    this.#connections.set(subscriber, connection);
    this.#byIncarnation.set(incarnation, connection);
  }

  /** The process listens under a new incarnation and no longer under the old one. */
  resubscribe(subscriber: Subscriber, incarnation: string): void {
    const connection = this.#of(subscriber);
    this.#byIncarnation.delete(connection.incarnation);
    connection.incarnation = incarnation;
    this.#byIncarnation.set(incarnation, connection);
  }

  /** The process is gone; its sockets were reset. */
  close(subscriber: Subscriber): void {
    const connection = this.#of(subscriber);
    connection.closed = true;
    connection.up = false;
    connection.subscribed = false;
    this.#connections.delete(subscriber);
    this.#byIncarnation.delete(connection.incarnation);
  }

  isUp(subscriber: Subscriber): boolean {
    return this.#connections.get(subscriber)?.up ?? false;
  }

  /** The link to the broker breaks; both ends notice after a while of their own. */
  cut(subscriber: Subscriber, clientNoticesMs: number, brokerNoticesMs: number): void {
    const connection = this.#of(subscriber);
    connection.up = false;
    this.scheduler.after(clientNoticesMs, () => {
      if (!connection.closed && !connection.up) subscriber.busChanged(false);
    });
    this.scheduler.after(brokerNoticesMs, () => {
      if (!connection.up) connection.subscribed = false;
    });
  }

  mend(subscriber: Subscriber): void {
    const connection = this.#connections.get(subscriber);
    if (!connection || connection.closed) return;
    connection.up = true;
    connection.subscribed = true;
    subscriber.busChanged(false);
    subscriber.busChanged(true);
  }

  partition(side: ReadonlySet<string>, mode: PartitionMode): void {
    this.#partition = {
      side,
      mode,
      fromMs: this.scheduler.nowMs,
      hintsAfterMs: this.random.between(200, 4000),
      held: [],
    };
  }

  /** The brokers meet again; what they kept arrives within `lateMs`. */
  heal(lateMs: number): void {
    const partition = this.#partition;
    if (!partition) return;
    this.#partition = undefined;
    if (partition.mode === 'late') {
      this.#formerSide = partition.side;
      this.#lateUntilMs = this.scheduler.nowMs + lateMs;
      for (const release of partition.held) release();
      return;
    }
    this.scheduler.after(lateMs, () => {
      for (const release of partition.held) release();
    });
  }

  send(from: Subscriber, lane: Lane, to: string, bytes: Uint8Array): void {
    this.#depart(from, lane, (connection) => {
      const target = this.#byIncarnation.get(to);
      const sender = connection.incarnation;
      if (!target?.subscribed || this.random.chance(this.settings.falseHintChance)) {
        this.#hint(connection, sender, to);
      } else this.#pass(connection, target, sender, lane, bytes);
    });
  }

  broadcast(from: Subscriber, bytes: Uint8Array): void {
    this.#depart(from, 'control', (connection) => {
      for (const target of this.#connections.values()) {
        if (target === connection || !target.subscribed) continue;
        this.#pass(connection, target, undefined, 'control', bytes);
      }
    });
  }

  #of(subscriber: Subscriber): Connection {
    const connection = this.#connections.get(subscriber);
    if (!connection) throw new RangeError(`${subscriber.id} is not connected`);
    return connection;
  }

  /** Out of the client's buffer; what a dying process still had there is lost. */
  #depart(from: Subscriber, lane: Lane, publish: (connection: Connection) => void): void {
    const connection = this.#connections.get(from);
    if (!connection?.up) return;
    this.messages++;
    const { nowMs } = this.scheduler;
    const last = connection.departedMs.get(lane) ?? 0;
    const atMs = Math.max(last + 0.0001, nowMs + this.random.between(0.005, 0.1));
    connection.departedMs.set(lane, atMs);
    this.scheduler.at(atMs, () => {
      if (connection.up) publish(connection);
    });
  }

  #hint(connection: Connection, sender: string, about: string): void {
    this.scheduler.after(this.#delay(), () => {
      if (connection.up && connection.incarnation === sender) {
        connection.subscriber.unreachable(about);
      }
    });
  }

  #pass(
    from: Connection,
    target: Connection,
    sender: string | undefined,
    lane: Lane,
    bytes: Uint8Array,
  ): void {
    const incarnation = target.incarnation;
    const partition = this.#partition;
    const deliver = (earliestMs: number): void => {
      const route = `${from.subscriber.id}>${incarnation}>${lane}`;
      const last = this.#arrivals.get(route) ?? 0;
      const { nowMs } = this.scheduler;
      const atMs = Math.max(last + 0.0001, nowMs + this.#delay(), earliestMs);
      this.#arrivals.set(route, atMs);
      this.scheduler.at(atMs, () => {
        const reached = target.up && (sender === undefined || target.incarnation === incarnation);
        if (reached) target.subscriber.receive(bytes);
      });
    };
    if (partition && this.#crosses(partition.side, from, target)) {
      if (partition.mode !== 'lost') partition.held.push(() => deliver(this.#lateUntilMs));
      else if (this.scheduler.nowMs - partition.fromMs > partition.hintsAfterMs && sender) {
        this.#hint(from, sender, incarnation);
      }
      return;
    }
    const late = this.#crosses(this.#formerSide, from, target);
    deliver(late ? this.#lateUntilMs : 0);
  }

  #crosses(side: ReadonlySet<string>, from: Connection, to: Connection): boolean {
    return side.has(from.subscriber.id) !== side.has(to.subscriber.id);
  }

  #delay(): number {
    const { minDelayMs, maxDelayMs, spikeMs, spikeChance } = this.settings;
    if (this.random.chance(spikeChance)) return this.random.between(maxDelayMs, spikeMs);
    return this.random.between(minDelayMs, maxDelayMs);
  }
}
