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
 * epoch and acknowledged one by one in order; a lost frame or acknowledgement starts a new epoch, and
 * then the owner sends what the peer lacks, never old messages. So the memory of a link is bounded
 * whatever the peer does.
 */
export class OutLink {
  #epoch: number;
  #seq = 0;
  #pending: LinkEntry[] = [];
  #pendingBytes = 0;
  #inFlight: FrameInFlight[] = [];
  /** Drops that were taken and not acknowledged. */
  #openDrops = 0;
  /** Keys of those that were under way when the link started anew: they may still arrive. */
  #formerDrops = new Set<string>();
  /** The peer did not acknowledge in time: nothing is sent until it is heard again. */
  stalled = false;
  /** Something was not taken: the owner must send what this peer lacks. */
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

  /** Everything taken was sent, though not all of it acknowledged. */
  get drained(): boolean {
    return this.#pending.length === 0;
  }

  /** Changes that were taken and not sent. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Frames that were sent and not acknowledged. */
  get underWay(): number {
    return this.#inFlight.length;
  }

  get hasRoom(): boolean {
    return (
      !this.stalled &&
      this.#pending.length < LIMITS.linkPending &&
      this.#pendingBytes < LIMITS.linkPendingBytes
    );
  }

  /** What was taken and not sent yet. */
  get backlogBytes(): number {
    return this.#pendingBytes;
  }

  /** Takes an entry if there is room. What was taken before stays, or no round would ever end. */
  enqueue(entry: LinkEntry): void {
    if (!this.hasRoom) {
      this.needsResync = true;
      return;
    }
    this.#pending.push(entry);
    if (entry.kind === 'drop') this.#openDrops++;
    this.#pendingBytes += entryBytes(entry);
  }

  /** Whether the peer may still be told to drop its copy: what goes another way may be earlier. */
  isDropping(key: string): boolean {
    if (this.#formerDrops.has(key) || this.#formerDrops.size >= LIMITS.linkPending) return true;
    if (this.#openDrops === 0) return false;
    const drops = (entry: LinkEntry): boolean => entry.kind === 'drop' && entry.key === key;
    return this.#pending.some(drops) || this.#inFlight.some(({ entries }) => entries.some(drops));
  }

  /** Takes back what the peer was to drop and was not told yet, where it is not to be dropped now. */
  withdrawDrops(mayDrop: (key: string) => boolean): void {
    if (this.#openDrops === 0) return;
    const kept = this.#pending.filter((entry) => entry.kind !== 'drop' || mayDrop(entry.key));
    const withdrawn = this.#pending.length - kept.length;
    if (withdrawn === 0) return;
    this.#pending = kept;
    this.#openDrops -= withdrawn;
    this.#pendingBytes = kept.reduce((bytes, entry) => bytes + entryBytes(entry), 0);
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

  /**
   * The entries of the frame that is acknowledged: always the oldest one under way. `missing` when an
   * earlier acknowledgement got lost, and with it what was refused of that frame: nothing says what
   * the peer has, so the link must start anew.
   */
  acknowledge(linkEpoch: number, linkSeq: number): readonly LinkEntry[] | 'missing' {
    const oldest = this.#inFlight[0];
    if (linkEpoch !== this.#epoch || !oldest || linkSeq < oldest.linkSeq) return [];
    if (linkSeq > oldest.linkSeq) return 'missing';
    this.#inFlight.shift();
    // Whatever is of an earlier epoch is too late for the peer from now on.
    this.#formerDrops.clear();
    if (this.#openDrops > 0) this.#openDrops -= dropsIn(oldest.entries).length;
    return oldest.entries;
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
    for (const { entries } of this.#inFlight) {
      if (this.#formerDrops.size >= LIMITS.linkPending) break;
      for (const { key } of dropsIn(entries)) this.#formerDrops.add(key);
    }
    this.#openDrops = 0;
    this.#epoch = epoch;
    this.#seq = 0;
    this.#pending = [];
    this.#pendingBytes = 0;
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
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }
}

function dropsIn(entries: readonly LinkEntry[]): Extract<LinkEntry, { kind: 'drop' }>[] {
  return entries.filter((entry) => entry.kind === 'drop');
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
