import { LIMITS } from './limits.js';
import type { LinkEntry } from './messages.js';
import type { Timings } from './timings.js';

export interface LinkFrame {
  readonly linkEpoch: number;
  readonly linkSeq: number;
  readonly entries: readonly LinkEntry[];
}

interface FrameInFlight extends LinkFrame {
  readonly sentMs: number;
}

/**
 * The sending end of a replication link to one peer. Frames are numbered without gaps within a link
 * epoch and acknowledged cumulatively; a lost frame starts a new epoch, and then the owner sends
 * what the peer lacks, never old messages. So the memory of a link is bounded whatever the peer does.
 */
export class OutLink {
  #epoch: number;
  #seq = 0;
  #pending: LinkEntry[] = [];
  #inFlight: FrameInFlight[] = [];
  /** The peer did not acknowledge in time: nothing is sent until it is heard again. */
  stalled = false;
  /** Entries were dropped: the owner must send what this peer lacks. */
  needsResync = false;

  constructor(
    epoch: number,
    private readonly timings: Timings,
  ) {
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get idle(): boolean {
    return this.#pending.length === 0 && this.#inFlight.length === 0;
  }

  enqueue(entry: LinkEntry): void {
    if (this.stalled) {
      this.needsResync = true;
      return;
    }
    this.#pending.push(entry);
    if (this.#pending.length > LIMITS.linkPending) {
      this.#pending = [];
      this.needsResync = true;
    }
  }

  /** The frames to send now: as many as the window allows. */
  flush(nowMs: number): LinkFrame[] {
    const frames: LinkFrame[] = [];
    while (
      !this.stalled &&
      this.#pending.length > 0 &&
      this.#inFlight.length < LIMITS.framesInFlight
    ) {
      const entries = this.#takeEntries();
      const frame = { linkEpoch: this.#epoch, linkSeq: ++this.#seq, entries, sentMs: nowMs };
      this.#inFlight.push(frame);
      frames.push(frame);
    }
    return frames;
  }

  /** Entries that this acknowledgement covers, in order. */
  acknowledge(linkEpoch: number, linkSeq: number): LinkEntry[] {
    if (linkEpoch !== this.#epoch) return [];
    const acknowledged: LinkEntry[] = [];
    while (this.#inFlight[0] && this.#inFlight[0].linkSeq <= linkSeq) {
      acknowledged.push(...(this.#inFlight.shift() as FrameInFlight).entries);
    }
    return acknowledged;
  }

  /** True once when the oldest frame has waited too long: the link is stalled from now on. */
  timedOut(nowMs: number): boolean {
    const oldest = this.#inFlight[0];
    if (this.stalled || !oldest || nowMs - oldest.sentMs < this.timings.linkTimeoutMs) return false;
    this.stalled = true;
    this.needsResync = true;
    return true;
  }

  /** Starts a new epoch with nothing in it; the owner enqueues what the peer lacks. */
  restart(epoch: number): void {
    this.#epoch = epoch;
    this.#seq = 0;
    this.#pending = [];
    this.#inFlight = [];
    this.stalled = false;
    this.needsResync = false;
  }

  #takeEntries(): LinkEntry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#pending) {
      if (count > 0 && bytes + entryBytes(entry) > LIMITS.frameBytes) break;
      bytes += entryBytes(entry);
      if (++count >= LIMITS.frameEntries) break;
    }
    return this.#pending.splice(0, count);
  }
}

/** Close enough to decide when a frame is full. */
function entryBytes(entry: LinkEntry): number {
  switch (entry.kind) {
    case 'delta':
      return 64 + entry.body.length;
    case 'snapshot':
    case 'rotate':
      return 256 + entry.copy.base.length + entry.copy.tail.reduce((n, t) => n + t.length, 0);
    default:
      return 96;
  }
}
