import { rank } from '../placement/rank.js';
import { stampOf } from './absorb-orphan.js';
import { boundLog } from './bound-log.js';
import type { Durability } from './calls.js';
import { forgetShared, noteChange, openLogBehind } from './change-log.js';
import type { CoreContext } from './context.js';
import { CopyWaiters } from './copy-waiters.js';
import { copiesOf, HolderHealth, leastAcked, mayHold } from './holder-health.js';
import { LeavingHolders } from './leaving-holders.js';
import type { Member } from './member.js';
import type { EncodedCopy, LinkEntry } from './messages.js';
import type { CommitWaiter, Incarnation, OwnedRecord } from './record.js';
import type { DeltaBody } from './record-codec.js';
import { type CopyMaker, Repairs } from './repairs.js';
import type { SessionDocument } from './values.js';
import type { Confirm } from './verifier.js';

/** Never acknowledged anything of this lineage. */
const NOTHING_ACKED = -1;

/**
 * Keeps the copies of owned records where they should be: chooses backups, notes what each has
 * acknowledged, resolves the commits that wait for it, replaces backups that die, drain or stall.
 * A copy is dropped only after its replacement has acknowledged (make before break).
 */
export class BackupKeeper implements CopyMaker {
  readonly repairs: Repairs;
  readonly leaving: LeavingHolders;
  readonly #health: HolderHealth;
  readonly #waiting: CopyWaiters;

  constructor(
    private readonly context: CoreContext,
    confirm: Confirm,
  ) {
    this.#health = new HolderHealth(context);
    this.#waiting = new CopyWaiters(context, this.#health, confirm);
    this.repairs = new Repairs(context, this);
    this.leaving = new LeavingHolders((record, ackedSeq) => {
      if (context.records.get(record.key) === record) this.#keepBehind(record, ackedSeq);
    });
  }

  /** The encoded form of an owned record. */
  copyOf(record: OwnedRecord): EncodedCopy {
    const { codec, nowMs, self } = this.context;
    const { answeredAt, content } = record;
    const base = codec.encodeContent(answeredAt > 0 ? { ...content, answeredAt } : content, nowMs);
    record.bytesAtMost = codec.expandedBytes(base);
    record.measuredBytes = record.bytesAtMost;
    return {
      epoch: record.epoch,
      seq: record.seq,
      owner: self,
      backups: [...record.backups.keys()],
      base,
      tail: [],
      idleRemainingMs: Math.max(0, record.idleDeadlineMs - nowMs),
      absoluteRemainingMs: Math.max(0, record.absoluteDeadlineMs - nowMs),
      contains: content.past?.contains,
    };
  }

  /** Adds backups until enough healthy ones hold or will hold the record. */
  place(record: OwnedRecord): void {
    this.repairs.done(record.key);
    const added = this.#addBackups(record);
    if (added.length > 0) this.#sendCopy(record, added);
    this.#settle(record);
  }

  #addBackups(record: OwnedRecord): Incarnation[] {
    const added: Incarnation[] = [];
    const { membership, settings } = this.context;
    for (const holder of record.backups.keys()) {
      if (!membership.isLive(holder)) this.#loseSight(record, holder);
    }
    const healthy = [...record.backups.keys()].filter((holder) => this.#health.isHealthy(holder));
    let missing = settings.backups - healthy.length;
    if (missing > 0) {
      const candidates = this.context
        .copyTargets()
        .filter((node) => !record.backups.has(node.incarnation));
      for (const node of rank(record.key, candidates)) {
        if (missing-- <= 0) break;
        record.backups.set(node.incarnation, { ackedSeq: NOTHING_ACKED });
        this.leaving.stays(record, node.incarnation);
        added.push(node.incarnation);
      }
    }
    return added;
  }

  /** Chooses backups; they get their copies in their turn. */
  assign(record: OwnedRecord): void {
    this.#addBackups(record);
    this.repairs.add(record.key, copiesOf(record, record.seq));
  }

  /**
   * A record that waits for its copies is needed: whoever has not acknowledged `known` gets it at
   * once, apart from the changes that are under way.
   */
  expedite(record: OwnedRecord, known = record.seq): void {
    if (!this.repairs.isQueued(record.key)) return;
    this.repairs.done(record.key);
    this.#addBackups(record);
    this.#sendCopy(record, lackingOf(record, known));
    this.#settle(record);
  }

  copiesLeft(
    record: OwnedRecord,
    eligible: number,
    resync: ReadonlySet<Incarnation>,
  ): number | undefined {
    let copies = 0;
    let staying = 0;
    let lacks = false;
    let lost = false;
    for (const [holder, { ackedSeq }] of record.backups) {
      // A stalled one counts: it is given time, or each hiccup would move every record of a node.
      if (this.#health.mayStay(holder)) staying++;
      const isComplete = ackedSeq >= record.seq;
      if (isComplete && this.context.membership.isLive(holder)) copies++;
      if (!isComplete && resync.has(holder)) lacks = true;
      // Even when nobody can take its place: what it lacks is to be kept from now on.
      if (!this.context.membership.isLive(holder)) lost = true;
    }
    const wanted = Math.min(this.context.settings.backups, eligible);
    return staying < wanted || lacks || lost ? copies : undefined;
  }

  repair(record: OwnedRecord): number | 'full' {
    const { replicator } = this.context;
    this.#addBackups(record);
    // A commit may have begun to wait after its change was lost on the way, and no second look would come
    // (broker, seed 11055).
    const lacking = lackingOf(record, record.seq).filter(
      (holder) => record.waiters.length === 0 || !replicator.isUnderWay(holder, record.key),
    );
    const ready = lacking.filter((holder) => replicator.takesRepairs(holder));
    let bytes = 0;
    if (ready.length > 0) {
      const copy = this.copyOf(record);
      bytes = ready.length * copy.base.length;
      for (const holder of ready) {
        replicator.repair(holder, { kind: 'snapshot', key: record.key, copy });
      }
    }
    this.#settle(record);
    return ready.length < lacking.length ? 'full' : bytes;
  }

  /** Makes these nodes holders and sends them the whole record. */
  #sendCopy(record: OwnedRecord, to: readonly Incarnation[]): void {
    // Not encoded for nothing: after a death all records of a node are placed in one go.
    const ready = to.filter((holder) => this.context.replicator.hasRoom(holder));
    if (ready.length === 0) return;
    const copy = this.copyOf(record);
    for (const holder of ready) {
      this.context.replicator.enqueue(holder, { kind: 'snapshot', key: record.key, copy });
    }
  }

  /** Notes what a change was made on, as long as some holder may go on without it. */
  note(record: OwnedRecord, before: SessionDocument, body: DeltaBody, encoded: Uint8Array): void {
    const { self, clock, nowMs, codec, busConnected } = this.context;
    noteChange(record, self, before, body, encoded);
    if (record.content.past?.log) {
      const own = stampOf(this.context, record);
      record.content = boundLog(record.content, own, clock.read(nowMs), codec.decodeDelta);
    } else if (!busConnected && leastAcked(record) < record.seq) {
      // Anyone who holds a copy may take over meanwhile.
      this.#openLogBehind(record, leastAcked(record));
    }
  }

  /**
   * The record will be led by somebody else, who may have gone on from any of its copies: what some
   * holder lacks goes with the record (the failure prevented: a change that was answered, and is
   * neither merged nor reported).
   */
  keepUnshared(record: OwnedRecord): void {
    const acked = leastAcked(record);
    const newest = record.unshared.at(-1);
    // Who has not dropped its copy may go on from it whoever leads, and only this node knows.
    const isLacking = newest !== undefined && newest.seq > acked;
    if (isLacking || record.leaving) this.#openLogBehind(record, acked);
  }

  /** Another side went on from what the tier has of the record: what it lacks is kept likewise. */
  keepUnstored(record: OwnedRecord): void {
    this.#openLogBehind(record, record.storedSeq);
  }

  /** The tier has everything up to a change. */
  stored(record: OwnedRecord, seq: number): void {
    record.storedSeq = Math.max(record.storedSeq, seq);
    forgetShared(record);
  }

  #openLogBehind(record: OwnedRecord, ackedSeq: number): void {
    const { self, clock, nowMs, codec } = this.context;
    openLogBehind(record, self, ackedSeq, clock.read(nowMs), codec.encodeDelta);
  }

  /**
   * The log has been opened since the holders got their copies: they get the next change with all of
   * it, or whoever takes over from them could not tell the changes of this side apart.
   */
  tellLog(record: OwnedRecord): void {
    record.isLogUntold = false;
    this.#sendCopy(record, [...record.backups.keys()]);
  }

  /** Registers holders of a rotated record whose entry is sent by the caller. */
  register(record: OwnedRecord, holders: Iterable<Incarnation>): void {
    for (const holder of holders) {
      record.backups.set(holder, { ackedSeq: NOTHING_ACKED });
      this.leaving.stays(record, holder);
    }
  }

  replicate(record: OwnedRecord, entry: LinkEntry): void {
    if (entry.kind === 'delta') this.#readyFor(record);
    for (const holder of record.backups.keys()) this.context.replicator.enqueue(holder, entry);
  }

  /** A change must not go to a node that died, nor wait for copies that others come before. */
  #readyFor(record: OwnedRecord): void {
    const { membership } = this.context;
    for (const holder of record.backups.keys()) {
      if (membership.isLive(holder)) continue;
      this.#loseSight(record, holder);
      this.repairs.add(record.key, 0);
    }
    this.expedite(record, 0);
  }

  /** Sends this peer what it has not acknowledged: at once where a commit waits for it. */
  resync(peer: Incarnation): void {
    for (const record of this.#waiting.records()) {
      const progress = record.backups.get(peer);
      if (progress && progress.ackedSeq < record.seq) this.#sendCopy(record, [peer]);
    }
    this.repairs.resync(peer);
  }

  resend(record: OwnedRecord, peer: Incarnation): void {
    if (record.backups.has(peer)) this.#sendCopy(record, [peer]);
  }

  /** A holder turned out not to have what it acknowledged: it gets the record again. */
  lost(record: OwnedRecord, holder: Incarnation): void {
    const progress = record.backups.get(holder);
    if (!progress) return;
    progress.ackedSeq = NOTHING_ACKED;
    this.repairs.add(record.key, copiesOf(record, record.seq));
  }

  /** Whether as many healthy nodes as wanted have everything. */
  isComplete(record: OwnedRecord): boolean {
    let complete = 0;
    for (const [holder, { ackedSeq }] of record.backups) {
      if (ackedSeq >= record.seq && this.#health.isHealthy(holder)) complete++;
    }
    return complete >= this.context.settings.backups;
  }

  awaitCopies(
    record: OwnedRecord,
    seq: number,
    durability: Durability,
    done: (copies: number) => void,
  ): void {
    this.wait(record, { seq, durability, startedMs: this.context.nowMs, done });
  }

  wait(record: OwnedRecord, waiter: CommitWaiter): void {
    if (waiter.durability === 'async') {
      waiter.done(copiesOf(record, waiter.seq));
      return;
    }
    this.#waiting.add(record, waiter);
    this.expedite(record);
    this.#settle(record);
  }

  acknowledged(from: Incarnation, key: string, epoch: number, seq: number): void {
    const record = this.context.records.get(key);
    if (record?.role !== 'owner' || record.epoch !== epoch) return;
    const progress = record.backups.get(from);
    if (!progress) return;
    progress.ackedSeq = Math.max(progress.ackedSeq, seq);
    forgetShared(record);
    this.#settle(record);
    this.context.handoffs.acknowledged(key);
  }

  /** Replaces backups that keep commits waiting; called every tick. */
  tick(): void {
    const { settings } = this.context;
    this.repairs.tick();
    for (const record of this.#waiting.longerThan(settings.timings.substituteAfterMs)) {
      this.place(record);
    }
  }

  /** A member died, drains or joined: look after every record it concerns. */
  memberChanged(member: Member): void {
    const gone = member.status === 'dead' || !mayHold(member.heartbeat.state);
    for (const record of [...this.#waiting.records()]) {
      const concerns = gone
        ? record.backups.has(member.incarnation)
        : this.#health.healthyCount(record) < this.context.settings.backups;
      if (concerns) this.place(record);
    }
    if (member.status === 'dead') this.repairs.memberDied();
    this.repairs.lookOver();
  }

  busLost(): void {
    for (const record of [...this.#waiting.records()]) this.#settle(record);
  }

  #settle(record: OwnedRecord): void {
    this.#waiting.settle(record);
    this.dropSurplus(record);
  }

  /** Whether a copy may be let go: another node has all that was answered for. */
  mayDrop(key: string): boolean {
    const record = this.context.records.get(key);
    if (record?.role !== 'owner' || this.context.settings.backups === 0) return true;
    const { membership } = this.context;
    return [...record.backups].some(
      ([holder, { ackedSeq }]) => ackedSeq >= record.answeredSeq && membership.isLive(holder),
    );
  }

  /** Holders that leave are let go once enough others have everything. */
  dropSurplus(record: OwnedRecord): void {
    if (record.backups.size <= this.context.settings.backups) return;
    // The node it is being handed to may be the surplus one.
    if (this.context.handoffs.isFrozen(record.key)) return;
    const complete = [...record.backups].filter(
      ([holder, progress]) => this.#health.isHealthy(holder) && progress.ackedSeq >= record.seq,
    );
    if (complete.length < this.context.settings.backups) return;
    const kept = new Set(complete.slice(0, this.context.settings.backups).map(([node]) => node));
    for (const [holder, { ackedSeq }] of record.backups) {
      if (kept.has(holder)) continue;
      const { key, epoch } = record;
      const isTold = this.context.replicator.enqueue(holder, { kind: 'drop', key, epoch });
      if (isTold && this.#health.isHealthy(holder)) {
        record.backups.delete(holder);
        this.leaving.add(record, holder, ackedSeq);
      } else this.#loseSight(record, holder);
    }
  }

  /** A holder that may be well on another side: what it lacks is kept until both sides meet. */
  #loseSight(record: OwnedRecord, holder: Incarnation): void {
    const ackedSeq = record.backups.get(holder)?.ackedSeq ?? NOTHING_ACKED;
    record.backups.delete(holder);
    this.#keepBehind(record, ackedSeq);
  }

  #keepBehind(record: OwnedRecord, ackedSeq: number): void {
    this.#openLogBehind(record, ackedSeq);
    // With the next change, unless there are some already that the lost holder lacks.
    if (record.isLogUntold && record.seq > ackedSeq) this.tellLog(record);
  }
}

function lackingOf(record: OwnedRecord, known: number): Incarnation[] {
  return [...record.backups].filter(([, { ackedSeq }]) => ackedSeq < known).map(([node]) => node);
}
