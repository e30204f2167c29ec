import { MEMORY_MAX_WAITING_BYTES, MEMORY_MAX_WAITING_MESSAGES } from './limits.js';
import { SubjectTree } from './subject-tree.js';
import type { Lane, TransportMessage, TransportSubscription } from './transport.js';

/** One transport on the bus. */
export interface MemoryMember {
  state: 'connected' | 'cut' | 'gone';
}

interface Subscriber {
  readonly member: MemoryMember;
  readonly lane: Lane;
  readonly pattern: string;
  readonly deliver: (message: TransportMessage) => void;
  active: boolean;
}

interface Errand {
  readonly member: MemoryMember;
  readonly bytes: number;
  readonly run: () => void;
  /** Set when the errand is a flush: it outlives a cut and runs after the cable is back. */
  readonly patient: boolean;
}

const NOTHING = new Uint8Array(0);

/**
 * What a broker does, in memory: one queue of errands (publish, subscribe, flush) for all members,
 * so that everything keeps its order, worked off outside the caller's stack.
 */
export class MemoryBus {
  readonly #subscribers = new SubjectTree<Subscriber>();
  readonly #byMember = new Map<MemoryMember, Set<Subscriber>>();
  #queue: Errand[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  readonly #parked = new Map<MemoryMember, Errand[]>();

  constructor(
    readonly maxPayloadBytes: number,
    private readonly schedule: (task: () => void) => void,
  ) {}

  /** Drops the message when the queue is full, as at-most-once delivery allows. */
  publish(
    member: MemoryMember,
    lane: Lane,
    subject: string,
    payload: Uint8Array,
    replyTo: string | undefined,
  ): void {
    if (this.#queue.length >= MEMORY_MAX_WAITING_MESSAGES) return;
    if (this.#waitingBytes + payload.byteLength > MEMORY_MAX_WAITING_BYTES) return;
    this.#enqueue({
      member,
      bytes: payload.byteLength,
      run: () => this.#route(member, lane, subject, payload, replyTo),
      patient: false,
    });
  }

  subscribe(
    member: MemoryMember,
    lane: Lane,
    pattern: string,
    deliver: (message: TransportMessage) => void,
  ): TransportSubscription {
    const subscriber: Subscriber = { member, lane, pattern, deliver, active: true };
    const own = this.#byMember.get(member) ?? new Set();
    this.#byMember.set(member, own.add(subscriber));
    // A subscription is state, which a broker is told again after a reconnection.
    this.#enqueue({ member, bytes: 0, run: () => this.#admit(subscriber), patient: true });
    return { unsubscribe: () => this.#remove(subscriber) };
  }

  /** Resolves when the errands before it are done; waits for the cable if it is pulled. */
  settled(member: MemoryMember): Promise<void> {
    return new Promise((resolve) => {
      this.#enqueue({ member, bytes: 0, run: resolve, patient: true });
    });
  }

  reconnected(member: MemoryMember): void {
    const parked = this.#parked.get(member) ?? [];
    this.#parked.delete(member);
    for (const errand of parked) this.#enqueue(errand);
  }

  /** Ends what the member still waits for; nothing of it is left here. */
  leave(member: MemoryMember): void {
    for (const subscriber of this.#byMember.get(member) ?? []) this.#remove(subscriber);
    this.#byMember.delete(member);
    member.state = 'gone';
    for (const errand of this.#parked.get(member) ?? []) errand.run();
    this.#parked.delete(member);
  }

  #enqueue(errand: Errand): void {
    this.#queue.push(errand);
    this.#waitingBytes += errand.bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(() => this.#work());
  }

  /** Errands that come up meanwhile wait for the next turn, so that I/O gets its share. */
  #work(): void {
    this.#scheduled = false;
    const errands = this.#queue;
    this.#queue = [];
    for (const errand of errands) {
      this.#waitingBytes -= errand.bytes;
      if (errand.member.state === 'connected') errand.run();
      else if (errand.patient) this.#park(errand);
    }
  }

  #park(errand: Errand): void {
    if (errand.member.state === 'gone') {
      errand.run();
      return;
    }
    const parked = this.#parked.get(errand.member) ?? [];
    this.#parked.set(errand.member, parked);
    parked.push(errand);
  }

  #route(
    from: MemoryMember,
    lane: Lane,
    subject: string,
    payload: Uint8Array,
    replyTo: string | undefined,
  ): void {
    let delivered = false;
    for (const { member, active, deliver } of this.#subscribers.match(subject)) {
      if (!active || member === from || member.state !== 'connected') continue;
      delivered = true;
      deliver({ subject, payload, noResponders: false });
    }
    if (!delivered && replyTo !== undefined) this.#reportNobody(from, lane, replyTo);
  }

  /** As with NATS, where every lane is a connection: told only where the message came from. */
  #reportNobody(from: MemoryMember, lane: Lane, replyTo: string): void {
    for (const subscriber of this.#subscribers.match(replyTo)) {
      if (!subscriber.active || subscriber.member !== from || subscriber.lane !== lane) continue;
      subscriber.deliver({ subject: replyTo, payload: NOTHING, noResponders: true });
    }
  }

  #admit(subscriber: Subscriber): void {
    if (subscriber.active) this.#subscribers.add(subscriber.pattern, subscriber);
  }

  #remove(subscriber: Subscriber): void {
    subscriber.active = false;
    this.#byMember.get(subscriber.member)?.delete(subscriber);
    this.#subscribers.delete(subscriber.pattern, subscriber);
  }
}
