import type { Lane } from '../transport/transport.js';
import type { Barrier, BarrierMode } from './barrier.js';
import {
  type Connection,
  LANES,
  type LaneConnection,
  lanesOf,
  makeConnection,
  type Subscriber,
} from './connection.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import { SlowSubscribers } from './slow-subscribers.js';

export interface NetworkSettings {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Now and then a message takes this long. */
  readonly spikeMs: number;
  readonly spikeChance: number;
  /** The broker says that nobody listens although somebody does. */
  readonly falseHintChance: number;
  /** A message comes twice. No NATS does that; some other bus might. */
  readonly duplicateChance: number;
  /** Bytes that the sockets of a paused process take before its publishers are made to wait. */
  readonly socketBytes: number;
  /** How long a subscriber may take nothing before the broker cuts it off (`write_deadline`). */
  readonly writeDeadlineMs: number;
}

/**
 * A NATS as its clients know it, not as UDP: what one connection publishes arrives in order at each
 * subscriber or not at all; what is sent while disconnected is lost, and so is what a client had
 * still to send when it dials anew; the publisher hears when nobody listens, and sometimes although
 * somebody does. One connection per lane, so lanes overtake each other and are lost apart from each
 * other. A subscriber that takes nothing makes its publishers wait and is cut off in the end.
 * Brokers that lose each other deliver up to a minute late.
 */
export class Network {
  readonly #connections = new Map<Subscriber, Connection>();
  readonly #byIncarnation = new Map<string, Connection>();
  /** When the last message of a connection arrives, by sender, lane and receiver. */
  readonly #arrivals = new Map<string, number>();
  readonly #barriers = new Set<Barrier>();
  readonly #slow: SlowSubscribers;
  /** What waits while the broker is stopped, both ways; undefined while it runs. */
  #frozen: (() => void)[] | undefined;
  /** A restarted broker remembers nothing. */
  #life = 0;
  messages = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly settings: NetworkSettings,
  ) {
    this.#slow = new SlowSubscribers(scheduler, random, settings, (lane) => this.#redial(lane));
  }

  connect(subscriber: Subscriber, incarnation: string): void {
    const connection = makeConnection(subscriber, incarnation);
    this.#connections.set(subscriber, connection);
    this.#byIncarnation.set(incarnation, connection);
  }

  /** The process listens under a new incarnation and no longer under the old one. */
  resubscribe(subscriber: Subscriber, incarnation: string): void {
    const connection = this.#connections.get(subscriber);
    if (!connection) throw new RangeError(`${subscriber.id} is not connected`);
    this.#byIncarnation.delete(connection.incarnation);
    connection.incarnation = incarnation;
    this.#byIncarnation.set(incarnation, connection);
  }

  /** The process is gone; its sockets were reset. */
  close(subscriber: Subscriber): void {
    const connection = this.#connections.get(subscriber);
    if (!connection) return;
    connection.closed = true;
    for (const lane of lanesOf(connection)) {
      lane.up = false;
      lane.interestFromMs = Number.POSITIVE_INFINITY;
      this.#slow.release(lane);
    }
    this.#connections.delete(subscriber);
    this.#byIncarnation.delete(connection.incarnation);
  }

  /** A paused process runs again: it reads what its sockets took, and finds out what was cut. */
  resumed(subscriber: Subscriber): void {
    const connection = this.#connections.get(subscriber);
    if (connection) for (const lane of lanesOf(connection)) this.#slow.resumed(lane);
  }

  /** Links to the broker break; both ends notice after a while of their own. */
  cut(
    subscriber: Subscriber,
    lanes: readonly Lane[],
    clientNoticesMs: number,
    brokerNoticesMs: number,
  ): void {
    const connection = this.#connections.get(subscriber);
    if (!connection) return;
    for (const name of lanes) {
      const lane = connection.lanes[name];
      lane.up = false;
      const { dial } = lane;
      this.scheduler.after(clientNoticesMs, () => {
        if (lane.dial === dial) this.#notice(lane);
      });
      this.scheduler.after(brokerNoticesMs, () => {
        if (lane.dial !== dial) return;
        lane.interestFromMs = Number.POSITIVE_INFINITY;
        this.#slow.release(lane);
      });
    }
  }

  /** Dialled anew; the broker passes messages on once it knows the subscriptions. */
  mend(subscriber: Subscriber, lanes: readonly Lane[] = LANES, interestMs = 0): void {
    const connection = this.#connections.get(subscriber);
    if (!connection) return;
    for (const name of lanes) this.#redial(connection.lanes[name], interestMs);
  }

  /** All connections are gone at once, and with them what the broker had not yet passed on. */
  crashBroker(): void {
    this.#life++;
    this.#frozen = undefined;
  }

  freezeBroker(): void {
    this.#frozen ??= [];
  }

  /** Nothing moved; now everything does. What waited from a connection is read although it is gone. */
  thawBroker(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const run of waiting) run();
  }

  erect(stops: Barrier['stops'], mode: BarrierMode): Barrier {
    const hintsFromMs = this.scheduler.nowMs + this.random.between(200, 4000);
    const barrier: Barrier = { stops, mode, hintsFromMs, held: [], lateUntilMs: undefined };
    this.#barriers.add(barrier);
    return barrier;
  }

  /** The brokers meet again; what they kept arrives within `lateMs`. */
  lift(barrier: Barrier, lateMs: number): void {
    const release = (): void => {
      for (const run of barrier.held.splice(0)) run();
    };
    if (barrier.mode === 'late') {
      barrier.lateUntilMs = this.scheduler.nowMs + lateMs;
      release();
      this.scheduler.after(lateMs, () => this.#barriers.delete(barrier));
      return;
    }
    this.#barriers.delete(barrier);
    this.scheduler.after(lateMs, release);
  }

  send(from: Subscriber, lane: Lane, to: string, bytes: Uint8Array): void {
    this.#depart(from, lane, (sender, incarnation) => {
      const target = this.#byIncarnation.get(to);
      const listens = target && target.lanes[lane].interestFromMs <= this.scheduler.nowMs;
      if (!target || !listens || this.random.chance(this.settings.falseHintChance)) {
        this.#hint(sender, incarnation, to);
      } else this.#pass(sender, target, incarnation, bytes);
    });
  }

  broadcast(from: Subscriber, bytes: Uint8Array): void {
    this.#depart(from, 'control', (sender) => {
      for (const target of this.#connections.values()) {
        if (target === sender.owner) continue;
        if (target.lanes.control.interestFromMs > this.scheduler.nowMs) continue;
        this.#pass(sender, target, undefined, bytes);
      }
    });
  }

  /** Out of the client's buffer; what a dying process still had there is lost. */
  #depart(
    from: Subscriber,
    lane: Lane,
    publish: (sender: LaneConnection, incarnation: string) => void,
  ): void {
    const connection = this.#connections.get(from);
    const sender = connection?.lanes[lane];
    if (!connection || !sender?.up) return;
    this.messages++;
    const { dial } = sender;
    const { incarnation } = connection;
    const { nowMs } = this.scheduler;
    const atMs = Math.max(sender.departedMs + 0.0001, nowMs + this.random.between(0.005, 0.1));
    sender.departedMs = atMs;
    const run = (): void => this.#atBroker(() => publish(sender, incarnation));
    this.scheduler.at(atMs, () => {
      if (!sender.up || sender.dial !== dial) return;
      if (sender.stalled) sender.stalled.push(run);
      else run();
    });
  }

  #atBroker(run: () => void): void {
    if (this.#frozen) this.#frozen.push(run);
    else run();
  }

  #hint(sender: LaneConnection, incarnation: string, about: string): void {
    const { owner } = sender;
    this.scheduler.after(this.#delay(), () => {
      if (sender.up && owner.incarnation === incarnation) owner.subscriber.unreachable(about);
    });
  }

  /** From the broker to the subscriber, if nothing is in between. */
  #pass(
    sender: LaneConnection,
    target: Connection,
    incarnation: string | undefined,
    bytes: Uint8Array,
  ): void {
    const from = sender.owner.subscriber.id;
    const to = target.subscriber.id;
    let earliestMs = 0;
    for (const barrier of this.#barriers) {
      if (!barrier.stops(from, to)) continue;
      if (barrier.lateUntilMs !== undefined) {
        earliestMs = Math.max(earliestMs, barrier.lateUntilMs);
        continue;
      }
      if (barrier.mode !== 'lost') {
        barrier.held.push(() => this.#pass(sender, target, incarnation, bytes));
      } else if (this.scheduler.nowMs >= barrier.hintsFromMs && incarnation !== undefined) {
        this.#hint(sender, incarnation, target.incarnation);
      }
      return;
    }
    this.#deliver(sender, target, incarnation, bytes, earliestMs);
  }

  #deliver(
    sender: LaneConnection,
    target: Connection,
    incarnation: string | undefined,
    bytes: Uint8Array,
    earliestMs: number,
  ): void {
    const lane = target.lanes[sender.lane];
    const { dial } = lane;
    const life = this.#life;
    const listener = target.incarnation;
    const route = `${sender.owner.subscriber.id}>${listener}>${sender.lane}`;
    const last = this.#arrivals.get(route) ?? 0;
    const { nowMs } = this.scheduler;
    const atMs = Math.max(last + 0.0001, nowMs + this.#delay(), earliestMs);
    this.#arrivals.set(route, atMs);
    const arrive = (): void => {
      if (!lane.up || lane.dial !== dial || life !== this.#life) return;
      if (incarnation !== undefined && target.incarnation !== listener) return;
      this.#slow.accept(lane, sender, bytes.length, () => target.subscriber.receive(bytes));
    };
    this.scheduler.at(atMs, () => this.#atBroker(arrive));
    if (!this.random.chance(this.settings.duplicateChance)) return;
    const againMs = atMs + this.random.between(0, 50);
    this.scheduler.at(againMs, () => this.#atBroker(arrive));
  }

  #notice(lane: LaneConnection): void {
    const { owner } = lane;
    if (owner.closed || lane.up || lane.noticed) return;
    lane.noticed = true;
    owner.subscriber.busChanged(false);
  }

  #redial(lane: LaneConnection, interestMs = 0): void {
    const { owner } = lane;
    if (owner.closed) return;
    this.#slow.release(lane);
    lane.up = true;
    lane.dial++;
    lane.stalled = undefined;
    lane.kept.length = 0;
    lane.interestFromMs = this.scheduler.nowMs + interestMs;
    // A client never has a new connection without having lost the old one.
    owner.subscriber.busChanged(false);
    lane.noticed = false;
    // Connected when every lane is: a node that can only half speak is not to be trusted.
    if (lanesOf(owner).every(({ up, noticed }) => up || !noticed)) {
      owner.subscriber.busChanged(true);
    }
  }

  #delay(): number {
    const { minDelayMs, maxDelayMs, spikeMs, spikeChance } = this.settings;
    if (this.random.chance(spikeChance)) return this.random.between(maxDelayMs, spikeMs);
    return this.random.between(minDelayMs, maxDelayMs);
  }
}
