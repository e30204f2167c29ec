import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { LinkEntry, Message, Refusal } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import type { BackupKeeper } from './backup-keeper.js';
import { InLink } from './in-link.js';
import { IncomingEntries } from './incoming-entries.js';
import { OutLink } from './out-link.js';

type LinkMessage = Extract<Message, { kind: 'replicate' | 'repair' }>;

/** The links of this node: changes out to its backups, changes of others in. */
export class Replicator {
  readonly #out = new Map<Incarnation, OutLink>();
  readonly #in = new Map<Incarnation, InLink>();
  /** Second links, for copies that nobody waits for: numbered apart, as they overtake each other. */
  readonly #bulkOut = new Map<Incarnation, OutLink>();
  readonly #bulkIn = new Map<Incarnation, InLink>();
  readonly #incoming: IncomingEntries;
  #linkEpoch = 0;
  #flushScheduled = false;

  constructor(
    private readonly context: CoreContext,
    private readonly keeper: () => BackupKeeper,
  ) {
    this.#incoming = new IncomingEntries(context);
  }

  /**
   * Notes an entry for a peer; everything of this event-loop turn leaves in one frame. False when there
   * was no room for it.
   */
  enqueue(to: Incarnation, entry: LinkEntry): boolean {
    const isTaken = this.#linkTo(to).enqueue(entry);
    if (entry.kind === 'drop') this.#bulkOut.get(to)?.disregard(entry.key);
    this.#scheduleFlush();
    return isTaken;
  }

  /** False when an entry would not be taken: what this peer lacks is sent later, as whole records. */
  hasRoom(to: Incarnation): boolean {
    const link = this.#linkTo(to);
    if (!link.hasRoom) link.needsResync = true;
    return link.hasRoom;
  }

  /**
   * Sends a copy apart from the changes, which it must not delay; behind them while the peer may
   * still be told to drop the copy it had (the failure prevented: it is told after it got this one).
   */
  repair(to: Incarnation, entry: Extract<LinkEntry, { kind: 'snapshot' }>): void {
    const link = this.#linkTo(to);
    const links = link.isDropping(entry.key) ? this.#out : this.#bulkOut;
    this.#linkTo(to, links).enqueue(entry);
    this.#scheduleFlush();
  }

  /** Whether a change of this record is on its way to a peer, or waits for its turn. */
  isUnderWay(to: Incarnation, key: string): boolean {
    return this.#out.get(to)?.carries(key) ?? false;
  }

  takesRepairs(to: Incarnation): boolean {
    const link = this.#bulkOut.get(to);
    return !link || (link.hasRoom && link.backlogBytes < LIMITS.repairBacklogBytes);
  }

  /** By peer; to look at, not to use. */
  get links(): ReadonlyMap<Incarnation, OutLink> {
    return this.#out;
  }

  isStalled(to: Incarnation): boolean {
    return this.#out.get(to)?.stalled ?? false;
  }

  flush(): void {
    this.#flushScheduled = false;
    if (!this.context.busConnected) return;
    for (const [to, link] of this.#out) this.#flushLink(to, link, 'replicate');
    for (const [to, link] of this.#bulkOut) this.#flushLink(to, link, 'repair');
  }

  receive(from: Incarnation, frame: LinkMessage): void {
    const links = frame.kind === 'repair' ? this.#bulkIn : this.#in;
    let link = links.get(from);
    if (!link) {
      link = new InLink();
      links.set(from, link);
    }
    const { linkEpoch, linkSeq } = frame;
    const verdict = link.accept(linkEpoch, linkSeq);
    // A duplicate was answered, with what was refused of it; a second answer would not say so.
    if (verdict === 'stale' || verdict === 'duplicate') return;
    if (verdict === 'gap') {
      this.context.send(from, { kind: 'link-gap', linkEpoch });
      return;
    }
    const refusals: Refusal[] = [];
    for (const entry of frame.entries) {
      // One bad entry never takes the rest of the frame with it.
      const refusal = this.#incoming.apply(from, entry);
      if (refusal) refusals.push(refusal);
    }
    this.context.send(from, { kind: 'replicated', linkEpoch, linkSeq: link.seq, refusals });
  }

  acknowledged(from: Incarnation, message: Extract<Message, { kind: 'replicated' }>): void {
    const link = this.#linkOf(from, message.linkEpoch);
    if (!link) return;
    const acknowledged = link.acknowledge(message.linkEpoch, message.linkSeq);
    if (acknowledged === 'missing') {
      this.#restart(from, link);
      return;
    }
    this.#noteHeld(from, acknowledged, message.refusals);
    for (const refusal of message.refusals) this.#refused(from, refusal);
    if (link.needsResync && link.drained) {
      link.needsResync = false;
      this.keeper().resync(from);
    }
    this.#scheduleFlush();
  }

  /** What the peer did not refuse, it holds. */
  #noteHeld(from: Incarnation, entries: readonly LinkEntry[], refusals: readonly Refusal[]): void {
    const keeper = this.keeper();
    const refused = refusals.length > 0 ? new Set(refusals.map(refusalKey)) : undefined;
    for (const entry of entries) {
      if (!('key' in entry) || refused?.has(entry.key)) continue;
      if (entry.kind === 'drop') keeper.surplus.leaving.confirmed(from, entry.key);
      const stamp = entryStamp(entry);
      if (stamp) keeper.acknowledged(from, stamp.key, stamp.epoch, stamp.seq);
    }
  }

  gap(from: Incarnation, linkEpoch: number): void {
    const link = this.#linkOf(from, linkEpoch);
    if (link) this.#restart(from, link);
  }

  /** A stalled peer gave a sign of life: send it what it lacks. */
  heard(from: Incarnation): void {
    for (const links of [this.#out, this.#bulkOut]) {
      const link = links.get(from);
      if (link?.stalled) this.#restart(from, link);
    }
  }

  memberDied(incarnation: Incarnation): void {
    for (const links of [this.#out, this.#bulkOut, this.#in, this.#bulkIn]) {
      links.delete(incarnation);
    }
    this.keeper().surplus.leaving.unheard(incarnation);
  }

  /** Whatever was under way when the bus was lost is lost: start every link anew. */
  restartAll(): void {
    for (const [to, link] of [...this.#out, ...this.#bulkOut]) this.#restart(to, link);
  }

  forgetAll(): void {
    for (const links of [this.#out, this.#bulkOut, this.#in, this.#bulkIn]) links.clear();
    this.keeper().surplus.leaving.forgetAll();
  }

  tick(): void {
    const { nowMs } = this.context;
    if (!this.context.busConnected) return;
    for (const [to, link] of [...this.#out, ...this.#bulkOut]) {
      if (!link.timedOut(nowMs)) continue;
      this.keeper().surplus.leaving.unheard(to);
      // Ask for a sign of life; until it comes, nothing piles up for this peer.
      this.context.send(to, { kind: 'probe' });
    }
  }

  /** Epochs of both links to a peer are drawn from one row: an answer names its link by them. */
  #linkOf(to: Incarnation, linkEpoch: number): OutLink | undefined {
    const links = [this.#out.get(to), this.#bulkOut.get(to)];
    return links.find((link) => link?.epoch === linkEpoch);
  }

  #linkTo(to: Incarnation, links = this.#out): OutLink {
    let link = links.get(to);
    if (!link) {
      link = new OutLink(++this.#linkEpoch, this.context.settings.timings);
      links.set(to, link);
    }
    return link;
  }

  #flushLink(to: Incarnation, link: OutLink, kind: LinkMessage['kind']): void {
    // Since it was decided, whoever was to keep the record may have died (stumble, seed 176).
    link.withdrawDrops((key) => this.keeper().surplus.mayDrop(key));
    for (const frame of link.flush(this.context.nowMs)) {
      const { linkEpoch, linkSeq, entries } = frame;
      this.context.send(to, { kind, linkEpoch, linkSeq, entries });
    }
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.context.emit({ kind: 'schedule-flush' });
  }

  #restart(to: Incarnation, link: OutLink): void {
    link.restart(++this.#linkEpoch);
    if (this.#out.get(to) === link) this.keeper().surplus.leaving.unheard(to);
    this.keeper().resync(to);
    this.#scheduleFlush();
  }

  #refused(from: Incarnation, refusal: Refusal): void {
    const { context } = this;
    if (refusal.kind === 'buried') {
      context.bury(refusal.buried);
      return;
    }
    const record = context.records.get(refusal.key);
    if (record?.role !== 'owner') return;
    if (refusal.kind === 'need-snapshot') {
      this.keeper().resend(record, from);
      return;
    }
    const behind =
      refusal.by.epoch > record.epoch ||
      (refusal.by.epoch === record.epoch && refusal.by.owner > context.self);
    if (refusal.by.owner === context.self && refusal.by.epoch > record.epoch) {
      // Promised to a claim that this node gave up, and heard of late: it would be fenced until the
      // promise ends, and could not even have a copy dropped.
      context.claims.overbid(record, refusal.by.epoch);
    } else if (behind) {
      context.notice({ kind: 'fenced', key: refusal.key });
      context.owner.demote(record, refusal.by);
    } else {
      // An entry of a former epoch of this node, perhaps beside one of the present: a refusal names
      // the record, not the entry, so nothing of the frame counted as held.
      this.keeper().resend(record, from);
    }
  }
}

function refusalKey(refusal: Refusal): string {
  return refusal.kind === 'buried' ? refusal.buried.key : refusal.key;
}

function entryStamp(
  entry: LinkEntry,
): { readonly key: string; readonly epoch: number; readonly seq: number } | undefined {
  switch (entry.kind) {
    case 'delta':
      return entry;
    case 'snapshot':
    case 'rotate':
      return { key: entry.key, epoch: entry.copy.epoch, seq: entry.copy.seq };
    default:
      return undefined;
  }
}
