import { MessageTooLargeError, OptionError, TransportClosedError } from '../errors.js';
import { MEMORY_MAX_PAYLOAD_BYTES } from './limits.js';
import { MemoryBus, type MemoryMember } from './memory-bus.js';
import { StatusBoard } from './status-board.js';
import { checkPattern, checkSubject } from './subject.js';
import type {
  Lane,
  PublishOptions,
  Transport,
  TransportMessage,
  TransportStatus,
  TransportSubscription,
} from './transport.js';
import { guarded, processWarnings, type TransportLogger } from './transport-logger.js';

export interface MemoryTransportOptions {
  /** The bus to join. Default: a private one, for a cluster of one node. */
  readonly bus?: MemoryBus | undefined;
  /** Default: process warnings. */
  readonly logger?: TransportLogger | undefined;
}

/** A {@link Transport} whose cable can be pulled, for tests. */
export interface MemoryTransport extends Transport {
  /** Pulls the cable: what is published or delivered until `connect` is lost. */
  disconnect(): void;
  connect(): void;
}

/**
 * A bus inside this process, for a cluster of one node and for tests. Messages are delivered from
 * `setImmediate`, in the order they were published by anyone.
 */
export function createMemoryBus(
  options: { readonly maxPayloadBytes?: number | undefined } = {},
): MemoryBus {
  const { maxPayloadBytes = MEMORY_MAX_PAYLOAD_BYTES } = options;
  if (!Number.isSafeInteger(maxPayloadBytes) || maxPayloadBytes < 1) {
    throw new OptionError('maxPayloadBytes', maxPayloadBytes, 'a whole number of bytes above 0');
  }
  return new MemoryBus(maxPayloadBytes, (task) => setImmediate(task));
}

/**
 * Joins an in-memory bus.
 *
 * @throws OptionError when `bus` was not made by {@link createMemoryBus}
 */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  const { bus = createMemoryBus(), logger = processWarnings } = options;
  if (!(bus instanceof MemoryBus)) throw new OptionError('bus', bus, 'a bus of createMemoryBus()');
  return new MemoryBusTransport(bus, logger);
}

class MemoryBusTransport implements MemoryTransport {
  readonly #board: StatusBoard;
  readonly #member: MemoryMember;

  constructor(
    private readonly bus: MemoryBus,
    private readonly logger: TransportLogger,
  ) {
    this.#board = new StatusBoard({ kind: 'connected' }, logger);
    this.#member = { state: 'connected' };
  }

  get maxPayloadBytes(): number {
    return this.bus.maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array, options?: PublishOptions): void {
    this.#assertOpen();
    checkSubject(subject);
    const replyTo = options?.replyTo;
    if (replyTo !== undefined) checkSubject(replyTo, 'replyTo');
    if (payload.byteLength > this.maxPayloadBytes) {
      throw new MessageTooLargeError(payload.byteLength, this.maxPayloadBytes);
    }
    if (this.#member.state !== 'connected') return;
    // A copy, because the nodes behind a real bus share no memory either.
    const copy = Uint8Array.prototype.slice.call(payload);
    this.bus.publish(this.#member, options?.lane ?? 'control', subject, copy, replyTo);
  }

  subscribe(
    subject: string,
    onMessage: (message: TransportMessage) => void,
    options?: { readonly lane?: Lane | undefined },
  ): TransportSubscription {
    this.#assertOpen();
    checkPattern(subject);
    return this.bus.subscribe(this.#member, options?.lane ?? 'control', subject, (message) =>
      guarded(this.logger, `the subscriber of ${subject}`, () => onMessage(message)),
    );
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    await this.bus.settled(this.#member);
    this.#assertOpen();
  }

  onStatus(listener: (status: TransportStatus) => void): TransportSubscription {
    return this.#board.listen(listener);
  }

  disconnect(): void {
    if (this.#board.current.kind === 'closed') return;
    this.#member.state = 'cut';
    this.#board.set({ kind: 'disconnected' });
  }

  connect(): void {
    if (this.#board.current.kind === 'closed') return;
    this.#member.state = 'connected';
    this.bus.reconnected(this.#member);
    this.#board.set({ kind: 'connected' });
  }

  async close(): Promise<void> {
    if (this.#board.current.kind === 'closed') return;
    const settled = this.#member.state === 'connected' ? this.bus.settled(this.#member) : undefined;
    this.#board.set({ kind: 'closed' });
    await settled;
    this.bus.leave(this.#member);
  }

  #assertOpen(): void {
    if (this.#board.current.kind === 'closed') throw new TransportClosedError();
  }
}
