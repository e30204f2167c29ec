import type { Frame, FrameCodec } from '../../codec/frame-codec.js';
import { laneOf } from '../../core/lane.js';
import type { Message } from '../../core/messages.js';
import type { Incarnation } from '../../core/record/record.js';
import type {
  Lane,
  Transport,
  TransportMessage,
  TransportSubscription,
} from '../../transport/transport.js';
import { FrameStyles, type Peers } from './frame-styles.js';
import { Subjects } from './subjects.js';

const LANES: readonly Lane[] = ['control', 'replication', 'bulk'];

export interface WireListener {
  onMessage(from: Incarnation, message: Message): void;
  onUnreachable(target: Incarnation): void;
  onBus(connected: boolean): void;
  onRefused(reason: string): void;
}

/** Frames on subjects: the engine's messages in and out of a transport. */
export class NodeWire {
  readonly #subjects: Subjects;
  readonly #styles: FrameStyles;
  #subscriptions: TransportSubscription[] = [];
  #all: TransportSubscription | undefined;
  #status: TransportSubscription | undefined;

  constructor(
    private readonly transport: Transport,
    clusterName: string,
    private readonly codec: FrameCodec,
    private readonly listener: WireListener,
    peers: Peers,
  ) {
    this.#subjects = new Subjects(clusterName);
    this.#styles = new FrameStyles(codec.abilities, peers);
  }

  /** Listens as this incarnation and no longer as a former one; resolves when the bus knows. */
  async listen(self: Incarnation): Promise<void> {
    const former = this.#subscriptions;
    this.#subscriptions = [];
    // Kept from one incarnation to the next: with two for a moment, sealed frames would come twice.
    this.#all ??= this.transport.subscribe(this.#subjects.all, (message) =>
      this.#receive(message, ''),
    );
    this.#styles.forget();
    for (const lane of LANES) {
      this.#subscribe(this.#subjects.node(self, lane), lane, self);
      // The bus reports "nobody listens" only on the connection that published.
      this.#subscribe(this.#subjects.inbox(self, '*'), lane, self);
    }
    for (const subscription of former) subscription.unsubscribe();
    this.#status ??= this.transport.onStatus((status) =>
      this.listener.onBus(status.kind === 'connected'),
    );
    await this.transport.flush();
  }

  send(self: Incarnation, to: Incarnation, message: Message): void {
    const lane = laneOf(message);
    const frame = this.codec.encode(self, message, this.#styles.to(to));
    this.transport.publish(this.#subjects.node(to, lane), frame, {
      lane,
      replyTo: this.#subjects.inbox(self, to),
    });
  }

  broadcast(self: Incarnation, message: Message): void {
    const frame = this.codec.encode(self, message, this.#styles.toAll());
    this.transport.publish(this.#subjects.all, frame);
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#all?.unsubscribe();
    this.#status?.unsubscribe();
    await this.transport.close();
  }

  #subscribe(subject: string, lane: Lane, self: Incarnation): void {
    this.#subscriptions.push(
      this.transport.subscribe(subject, (message) => this.#receive(message, self), { lane }),
    );
  }

  /** `self`: whom it was for; empty when it was for everyone. */
  #receive(message: TransportMessage, self: Incarnation): void {
    if (message.noResponders) {
      this.listener.onUnreachable(this.#subjects.targetOf(message.subject));
      return;
    }
    let frame: Frame;
    try {
      frame = this.codec.decode(message.payload, self);
    } catch (error) {
      this.listener.onRefused((error as Error).message);
      return;
    }
    if (self !== '') this.#styles.addressedBy(frame.from);
    this.listener.onMessage(frame.from, frame.message);
  }
}
