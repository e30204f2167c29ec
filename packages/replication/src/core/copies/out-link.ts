import { LIMITS } from '../limits.js';
import type { LinkEntry } from '../messages.js';
import type { Timings } from '../timings.js';

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
  /** Keys of drops that were taken and not acknowledged, and how many of each. */
  readonly #openDrops = new Map<string, number>();
  /** Keys of those that were under way when the link started anew: they may still arrive. */
  #formerDrops = new Set<string>();
  /** Keys of which the peer was told on another link to drop the copy, and how many entries were taken before. */
  readonly #droppedElsewhere = new Map<string, number>();
  #taken = 0;
  #acknowledged = 0;
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

  /** Takes an entry if there is room, and says so. What was taken before stays, or no round would ever end. */
  enqueue(entry: LinkEntry): boolean {
    if (!this.hasRoom) {
      this.needsResync = true;
      return false;
    }
    if (entry.kind === 'drop') this.#openDrops.set(entry.key, this.#dropsOf(entry.key) + 1);
    this.#taken++;
    this.#pending.push(entry);
    this.#pendingBytes += entryBytes(entry);
    return true;
  }

  /** The peer is told on another link to drop this: that it has what was taken here before says nothing. */
  disregard(key: string): void {
    if (this.#taken === this.#acknowledged) return;
    const dropped = this.#droppedElsewhere;
    if (dropped.size >= LIMITS.linkPending) {
      for (const [other, taken] of dropped) if (taken <= this.#acknowledged) dropped.delete(other);
    }
    dropped.set(key, this.#taken);
  }

  /** Whether the peer may still be told to drop its copy: what goes another way may be earlier. */
  isDropping(key: string): boolean {
    if (this.#formerDrops.has(key) || this.#formerDrops.size >= LIMITS.linkPending) return true;
    return this.#openDrops.has(key);
  }

  /** Something of this record was taken and is not acknowledged. */
  carries(key: string): boolean {
    const isOfKey = (entry: LinkEntry): boolean => 'key' in entry && entry.key === key;
    return (
      this.#pending.some(isOfKey) || this.#inFlight.some((frame) => frame.entries.some(isOfKey))
    );
  }

  /** Takes back what the peer was to drop and was not told yet, where it is not to be dropped now. */
  withdrawDrops(mayDrop: (key: string) => boolean): void {
    if (this.#openDrops.size === 0) return;
    const withdrawn = dropsIn(this.#pending).filter(({ key }) => !mayDrop(key));
    if (withdrawn.length === 0) return;
    const gone = new Set<LinkEntry>(withdrawn);
    this.#pending = this.#pending.filter((entry) => !gone.has(entry));
    this.#taken -= withdrawn.length;
    this.#closeDrops(withdrawn);
    this.#pendingBytes = this.#pending.reduce((bytes, entry) => bytes + entryBytes(entry), 0);
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
   * What the peer has of the frame that is acknowledged: always the oldest one under way. `missing` when an
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
    return this.#heldOf(oldest.entries);
  }

  /**
   * Without what the peer was told to drop later on (the failure prevented: it becomes a holder again
   * meanwhile, the word that it had the former copy counts for the new one, and the record is handed to a
   * node that has nothing; swizzle, seed 11002).
   */
  #heldOf(entries: readonly LinkEntry[]): readonly LinkEntry[] {
    const first = this.#acknowledged;
    this.#acknowledged += entries.length;
    if (this.#openDrops.size + this.#droppedElsewhere.size === 0) return entries;
    const held = entries.filter((entry, index) => {
      if (!('key' in entry)) return true;
      if (entry.kind === 'drop') this.#closeDrops([entry]);
      return !this.isDropping(entry.key) && !this.#isDisregarded(entry.key, first + index);
    });
    if (this.#acknowledged === this.#taken) this.#droppedElsewhere.clear();
    return held;
  }

  #isDisregarded(key: string, index: number): boolean {
    return index < (this.#droppedElsewhere.get(key) ?? 0);
  }

  #dropsOf(key: string): number {
    return this.#openDrops.get(key) ?? 0;
  }

  #closeDrops(drops: readonly { readonly key: string }[]): void {
    for (const { key } of drops) {
      const left = this.#dropsOf(key) - 1;
      if (left > 0) this.#openDrops.set(key, left);
      else this.#openDrops.delete(key);
    }
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
    this.#openDrops.clear();
    this.#droppedElsewhere.clear();
    this.#taken = 0;
    this.#acknowledged = 0;
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
