import { rank } from '../../placement/rank.js';
import type { Durability } from '../calls/calls.js';
import type { Confirm } from '../claims/verifier.js';
import type { CoreContext } from '../context.js';
import type { Member } from '../membership/member.js';
import type { EncodedCopy, LinkEntry } from '../messages.js';
import { CopyWaiters } from '../owner/copy-waiters.js';
import type { CommitWaiter, Incarnation, OwnedRecord } from '../record/record.js';
import { forgetShared } from '../sides/change-log.js';
import { copiesOf, HolderHealth, mayHold, NOTHING_ACKED } from './holder-health.js';
import { type CopyMaker, Repairs } from './repairs.js';
import { SurplusCopies } from './surplus-copies.js';
import { UnsharedChanges } from './unshared-changes.js';

/**
 * Keeps the copies of owned records where they should be: chooses backups, notes what each has
 * acknowledged, resolves the commits that wait for it, replaces backups that die, drain or stall.
 * A copy is dropped only after its replacement has acknowledged (make before break).
 */
export class BackupKeeper implements CopyMaker {
  readonly repairs: Repairs;
  readonly unshared: UnsharedChanges;
  readonly surplus: SurplusCopies;
  readonly #health: HolderHealth;
  readonly #waiting: CopyWaiters;

  constructor(
    private readonly context: CoreContext,
    confirm: Confirm,
  ) {
    this.#health = new HolderHealth(context);
    this.#waiting = new CopyWaiters(context, this.#health, confirm);
    this.unshared = new UnsharedChanges(context, this.#sendCopy.bind(this));
    this.surplus = new SurplusCopies(context, this.#health, this.unshared);
    this.repairs = new Repairs(context, this);
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
      if (!membership.isLive(holder)) this.surplus.loseSight(record, holder);
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
        this.surplus.leaving.stays(record, node.incarnation);
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

  /** Registers holders of a rotated record whose entry is sent by the caller. */
  register(record: OwnedRecord, holders: Iterable<Incarnation>): void {
    for (const holder of holders) {
      record.backups.set(holder, { ackedSeq: NOTHING_ACKED });
      this.surplus.leaving.stays(record, holder);
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
      this.surplus.loseSight(record, holder);
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
    this.surplus.drop(record);
  }
}

function lackingOf(record: OwnedRecord, known: number): Incarnation[] {
  return [...record.backups].filter(([, { ackedSeq }]) => ackedSeq < known).map(([node]) => node);
}
