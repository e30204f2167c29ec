import type { FrameCodec } from '../codec/frame-codec.js';
import type { Message } from '../core/messages.js';
import type { Incarnation } from '../core/record.js';
import type {
  Lane,
  Transport,
  TransportMessage,
  TransportSubscription,
} from '../transport/transport.js';
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
  #subscriptions: TransportSubscription[] = [];
  #status: TransportSubscription | undefined;

  constructor(
    private readonly transport: Transport,
    clusterName: string,
    private readonly codec: FrameCodec,
    private readonly listener: WireListener,
  ) {
    this.#subjects = new Subjects(clusterName);
  }

  /** Listens as this incarnation and no longer as a former one; resolves when the bus knows. */
  async listen(self: Incarnation): Promise<void> {
    const former = this.#subscriptions;
    this.#subscriptions = [
      this.transport.subscribe(this.#subjects.all, (message) => this.#receive(message)),
    ];
    for (const lane of LANES) {
      this.#subscribe(this.#subjects.node(self, lane), lane);
      // The bus reports "nobody listens" only on the connection that published.
      this.#subscribe(this.#subjects.inbox(self, '*'), lane);
    }
    for (const subscription of former) subscription.unsubscribe();
    this.#status ??= this.transport.onStatus((status) =>
      this.listener.onBus(status.kind === 'connected'),
    );
    await this.transport.flush();
  }

  send(self: Incarnation, to: Incarnation, message: Message): void {
    const lane = laneOf(message);
    this.transport.publish(this.#subjects.node(to, lane), this.codec.encode(self, message), {
      lane,
      replyTo: this.#subjects.inbox(self, to),
    });
  }

  broadcast(self: Incarnation, message: Message): void {
    this.transport.publish(this.#subjects.all, this.codec.encode(self, message));
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#status?.unsubscribe();
    await this.transport.close();
  }

  #subscribe(subject: string, lane: Lane): void {
    this.#subscriptions.push(
      this.transport.subscribe(subject, (message) => this.#receive(message), { lane }),
    );
  }

  #receive(message: TransportMessage): void {
    if (message.noResponders) {
      this.listener.onUnreachable(this.#subjects.targetOf(message.subject));
      return;
    }
    let frame: ReturnType<FrameCodec['decode']>;
    try {
      frame = this.codec.decode(message.payload);
    } catch (error) {
      this.listener.onRefused((error as Error).message);
      return;
    }
    this.listener.onMessage(frame.from, frame.message);
  }
}

/** Changes and copies travel apart from questions and answers, so that neither delays the other. */
function laneOf(message: Message): Lane {
  return message.kind === 'replicate' || message.kind === 'replicated' ? 'replication' : 'control';
}
