import { MessageTooLargeError, TransportClosedError } from '../../errors.js';
import { NATS_HEADER_RESERVE_BYTES } from '../limits.js';
import { StatusBoard } from '../status-board.js';
import { checkPattern, checkSubject } from '../subject.js';
import type {
  Lane,
  PublishOptions,
  Transport,
  TransportMessage,
  TransportStatus,
  TransportSubscription,
} from '../transport.js';
import { guarded, type TransportLogger } from '../transport-logger.js';
import type { NatsLane } from './nats-lane.js';
import { OriginMarks } from './origin-marks.js';

/** A {@link Transport} over one to three connections to NATS. */
export class NatsTransport implements Transport {
  readonly #connections: readonly NatsLane[];
  readonly #board: StatusBoard;
  readonly #marks: OriginMarks<NatsLane>;
  #closing: Promise<void> | undefined;

  /** @param mark tells our own messages from those of others on this bus */
  constructor(
    private readonly lanes: Readonly<Record<Lane, NatsLane>>,
    private readonly logger: TransportLogger,
    mark: string,
  ) {
    this.#connections = [...new Set(Object.values(lanes))];
    this.#board = new StatusBoard(this.#combined(), logger);
    this.#marks = new OriginMarks(mark, (lane) => lane.echoes);
    for (const { board } of this.#connections) board.listen(() => this.#follow());
  }

  get maxPayloadBytes(): number {
    const limits = this.#connections.map((lane) => lane.maxPayloadBytes);
    return Math.min(...limits) - NATS_HEADER_RESERVE_BYTES;
  }

  publish(subject: string, payload: Uint8Array, options?: PublishOptions): void {
    this.#assertOpen();
    checkSubject(subject);
    const replyTo = options?.replyTo;
    if (replyTo !== undefined) checkSubject(replyTo, 'replyTo');
    const lane = this.lanes[options?.lane ?? 'control'];
    const maxBytes = lane.maxPayloadBytes - NATS_HEADER_RESERVE_BYTES;
    if (payload.byteLength > maxBytes) throw new MessageTooLargeError(payload.byteLength, maxBytes);
    lane.publish(subject, payload, { replyTo, origin: this.#marks.markFor(subject, lane) });
  }

  subscribe(
    subject: string,
    onMessage: (message: TransportMessage) => void,
    options?: { readonly lane?: Lane | undefined },
  ): TransportSubscription {
    this.#assertOpen();
    checkPattern(subject);
    const lane = this.lanes[options?.lane ?? 'control'];
    const marked = this.#marks.subscribed(subject, lane);
    const subscription = lane.subscribe(subject, ({ payload, noResponders, origin, ...rest }) => {
      if (origin === this.#marks.mark) return;
      guarded(this.logger, `the subscriber of ${subject}`, () =>
        onMessage({ subject: rest.subject, payload, noResponders }),
      );
    });
    return {
      unsubscribe: () => {
        marked.ended();
        subscription.unsubscribe();
      },
    };
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    await Promise.all(this.#connections.map((lane) => lane.flush()));
  }

  onStatus(listener: (status: TransportStatus) => void): TransportSubscription {
    return this.#board.listen(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#board.set({ kind: 'closed' });
    await Promise.all(this.#connections.map((lane) => lane.close()));
  }

  /** A connection somebody gave us and closed takes the transport with it. */
  #follow(): void {
    const status = this.#combined();
    this.#board.set(status);
    if (status.kind === 'closed') void this.close();
  }

  /** Disconnected when any lane is: a node that can only half speak is not to be trusted. */
  #combined(): TransportStatus {
    const all = this.#connections.map(({ board }) => board.current);
    return (
      all.find(({ kind }) => kind === 'closed') ??
      all.find(({ kind }) => kind === 'disconnected') ?? { kind: 'connected' }
    );
  }

  #assertOpen(): void {
    const status = this.#board.current;
    if (status.kind === 'closed') throw new TransportClosedError({ cause: status.cause });
  }
}
