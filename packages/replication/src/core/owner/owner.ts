import type { CallResult, OwnerCall } from '../calls/calls.js';
import { Refusals, UNTOLD } from '../calls/refusals.js';
import { reserve } from '../calls/reservations.js';
import { adoptedContent } from '../claims/adopted-content.js';
import { type CoreContext, type Recipient, type Reply, replyOf } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import type { BurialDone } from '../endings/burials.js';
import { endReasonOf } from '../endings/end-reasons.js';
import { endVersion } from '../endings/end-version.js';
import { MIN_TOMBSTONE_MS } from '../limits.js';
import { type HeldRecord, LooseRecord } from '../memory/held-record.js';
import type { BuriedKey } from '../messages.js';
import { Principals } from '../principals/principals.js';
import { Standings } from '../principals/standings.js';
import { findInJournal } from '../record/journal.js';
import { newOwnedRecord } from '../record/owned-record.js';
import { readCopy } from '../record/read-copy.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  type OwnedRecord,
  type RecordContent,
  versionOf,
} from '../record/record.js';
import { oversizeOf } from '../record/record-size.js';
import { viewOf } from '../record/record-view.js';
import { Changes } from './changes.js';
import { CommitAnswers } from './commit-answers.js';
import { Locks } from './locks.js';
import { LIMITS_ABSOLUTE_MS, newLimitsContent, newSessionContent } from './new-content.js';
import { OpenRotations } from './open-rotations.js';

type Call<K extends OwnerCall['kind']> = Extract<OwnerCall, { kind: K }>;

/** What this node owns: calls are executed on it, it is taken over, given away and ended. */
export class Owner {
  readonly locks: Locks;
  readonly principals: Principals;
  readonly standings: Standings;
  readonly rotations: OpenRotations;
  readonly answers: CommitAnswers;
  readonly #refusals: Refusals;
  readonly changes: Changes;

  constructor(
    private readonly context: CoreContext,
    readonly keeper: BackupKeeper,
  ) {
    this.locks = new Locks(context);
    this.answers = new CommitAnswers(context, keeper);
    this.#refusals = new Refusals(context);
    this.changes = new Changes(context, keeper, this.locks, this.answers, this.#refusals);
    const advance = this.changes.advance.bind(this.changes);
    this.principals = new Principals(context, keeper, advance);
    this.standings = new Standings(context, this.end.bind(this));
    this.rotations = new OpenRotations(context, keeper);
  }

  execute(record: OwnedRecord, call: OwnerCall, recipient: Recipient): void {
    if (this.isExpired(record)) {
      this.#answerExpired(record, recipient);
      return;
    }
    this.use(record);
    if (call.kind === 'commit') this.changes.commit(record, call, recipient);
    else this.#executeOther(record, call, recipient, replyOf(recipient));
  }

  /** Somebody asked for it: it stays in memory before others that nobody did. */
  use(record: OwnedRecord): void {
    record.usedMs = this.context.nowMs;
  }

  /** Cut off, this node cannot know whether the session lives on elsewhere: it ends here only. */
  #answerExpired(record: OwnedRecord, recipient: Recipient): void {
    const ended: CallResult = { kind: 'destroyed', reason: 'expired' };
    if (!this.context.busConnected) recipient.answer(ended);
    else if (record.content.kind === 'principal') {
      // Nobody is on it any more; the next login begins another.
      this.end(record, 'expired', () => recipient.redirect(undefined, record.epoch));
    } else this.end(record, 'expired', () => recipient.answer(ended));
  }

  #executeOther(
    record: OwnedRecord,
    call: Exclude<OwnerCall, { kind: 'commit' }>,
    recipient: Recipient,
    reply: Reply,
  ): void {
    switch (call.kind) {
      case 'open':
        reply({ kind: 'record', view: viewOf(this.context, record) });
        return;
      case 'create':
        // A repetition of the call that made it.
        this.answers.answer(record, call, recipient);
        return;
      case 'rotate':
        this.changes.rotate(record, call, recipient);
        return;
      case 'destroy':
        if (this.#refusals.unheard(recipient)) return;
        this.end(record, call.reason, (final) => reply(final ? { kind: 'done' } : UNTOLD));
        return;
      case 'reserve':
        this.#reserve(record, call, recipient);
        return;
      case 'release':
        record.reservations.delete(call.journalKey);
        reply({ kind: 'done' });
        return;
      case 'touch':
        this.changes.touch(record);
        reply({ kind: 'done' });
        return;
      case 'consume': {
        const result = this.changes.consume(record, call);
        // A limit that guards sign-in must not be loosened by killing its owner; one that rides in
        // a session only paces it, and an answer need not wait for that.
        const durability = call.scope === 'shared' ? 'backup' : 'async';
        this.keeper.awaitCopies(record, record.seq, durability, () => reply(result));
        return;
      }
      case 'lock':
        this.locks.lock(record, call, reply);
        return;
      case 'unlock':
        this.locks.unlock(record, call, reply);
        return;
      default:
        this.principals.execute(record, call, recipient);
    }
  }

  create(call: Call<'create'>, recipient: Recipient): void {
    const content = newSessionContent(call, this.context.clock.next(this.context.nowMs));
    if (this.#refusals.tooLarge(oversizeOf(this.context, content), recipient)) return;
    if (this.#refusals.forMemory(recipient)) return;
    const record = this.#lead(call.key, 1, content, call.absoluteTimeoutMs);
    recipient.numbered();
    this.keeper.place(record);
    this.answers.answer(record, call, recipient);
  }

  /** A record for rate limits that belong to no session; made on first use by the ranked owner. */
  createShared(key: string): OwnedRecord {
    const record = this.#lead(key, 1, newLimitsContent(), LIMITS_ABSOLUTE_MS);
    this.keeper.place(record);
    return record;
  }

  /** The list of a principal's sessions, made by its first login under an epoch that all promised. */
  createPrincipal(call: Call<'enlist'>, epoch: number): OwnedRecord {
    const content = Principals.contentOf(call);
    const record = this.#lead(call.key, epoch, content, Principals.absoluteTimeoutMs);
    this.keeper.place(record);
    return record;
  }

  /**
   * Becomes owner of a held copy under a new epoch; undefined when the copy cannot be read. `isApart`:
   * another side may go on from that copy.
   */
  adopt(
    copy: HeldRecord,
    epoch: number,
    holders: readonly Incarnation[],
    isApart = false,
  ): OwnedRecord | undefined {
    const { nowMs } = this.context;
    // What this node holds is gone as soon as it owns the record.
    const held = copy.detached();
    const read = readCopy(this.context, held.key, held);
    if (!read) return undefined;
    const content = adoptedContent(this.context, held, read, isApart || this.#isOutOfSight(held));
    const before = this.context.records.get(held.key);
    const isOther = before?.role === 'backup' && compareLineages(before, held) !== 0;
    const replaced = isOther ? before.detached() : undefined;
    const record = this.#lead(held.key, epoch, content, held.absoluteDeadlineMs - nowMs);
    record.adoptedFrom = { epoch: held.epoch, owner: held.owner, seq: held.seq };
    record.answeredAt = content.answeredAt ?? 0;
    if (replaced) {
      const { self: owner, orphans } = this.context;
      const contains = content.past?.contains;
      orphans.displaced(replaced, owner, { epoch, owner, seq: 0, contains });
    }
    record.bytesAtMost = this.context.codec.expandedBytes(held.base) + held.tailBytes;
    record.measuredBytes = record.bytesAtMost;
    // Touches travel only when they move the deadline by a tenth, so the copy may be that much behind.
    record.idleDeadlineMs = Math.min(
      held.idleDeadlineMs + content.idleTimeoutMs / 10,
      nowMs + content.idleTimeoutMs,
      record.absoluteDeadlineMs,
    );
    // What requests in flight were computed against is the same document under its former number.
    record.history.unshift({ ...versionOf(held), document: content.document });
    // The copies sent now tell this deadline, so the next touch that moves it is to be told too.
    record.replicatedIdleDeadlineMs = record.idleDeadlineMs;
    this.context.recordChanged(record);
    this.keeper.register(record, holders);
    // After a death these are many at once; the first change sends its record's copies itself.
    this.keeper.assign(record);
    if (content.kind === 'principal') this.principals.adopted(record);
    this.standings.adopted(record);
    return record;
  }

  /**
   * Whether some holder of what this node led itself may go on from it elsewhere: one that it was given
   * to and that is not heard any more (sides, seed 4010).
   */
  #isOutOfSight({ owner, backups }: HeldRecord): boolean {
    const { self, membership } = this.context;
    if (owner !== self) return false;
    return backups.some((holder) => holder !== self && !membership.isLive(holder));
  }

  /** Makes one particular node a holder: the target of a handoff. */
  placeAt(record: OwnedRecord, holder: Incarnation): void {
    this.keeper.register(record, [holder]);
    this.keeper.resend(record, holder);
  }

  /** The former owner still has a copy; it is let go once enough others have one. */
  addHolder(key: string, holder: Incarnation): void {
    const record = this.context.records.get(key);
    if (record?.role !== 'owner' || record.backups.has(holder)) return;
    this.placeAt(record, holder);
  }

  /** Somebody else leads this record now: keep the bytes as a copy, send the waiting calls on. */
  demote(record: OwnedRecord, to: Lineage): HeldRecord {
    this.keeper.unshared.keepForSuccessor(record);
    const copy = this.keeper.copyOf(record);
    const held = new LooseRecord({
      key: record.key,
      epoch: record.epoch,
      seq: record.seq,
      // The bytes are of this node's lineage, whoever leads now: a stamp never claims more than it is.
      owner: this.context.self,
      backups: copy.backups,
      base: copy.base,
      tail: [],
      idleDeadlineMs: record.idleDeadlineMs,
      absoluteDeadlineMs: record.absoluteDeadlineMs,
    });
    this.context.setRecord(record.key, held);
    this.context.orphans.demoted(held, to.owner);
    this.context.promise(record.key, to);
    this.context.router.redispatch(record.key);
    return held;
  }

  /** Ends a session: its tombstone is on every node that is not suspected, and in the tier, before `done`. */
  end(record: OwnedRecord, reason: string, done: BurialDone): void {
    const { nowMs } = this.context;
    if (record.content.kind !== 'session') {
      this.context.setRecord(record.key, undefined);
      this.keeper.replicate(record, { kind: 'drop', key: record.key, epoch: record.epoch });
      done(true);
      return;
    }
    const session: BuriedKey = {
      key: record.key,
      version: endVersion(record, this.context.self),
      remainingMs: Math.max(MIN_TOMBSTONE_MS, record.absoluteDeadlineMs - nowMs),
      reason: endReasonOf(reason),
    };
    this.context.notice({ kind: 'ended', key: record.key, reason });
    this.standings.leave(record);
    const { standing } = record.content;
    // Its place ends with it, under whatever id it may live on where nobody hears of this.
    const place = standing && { ...session, key: standing.handle };
    this.context.burials.bury(place ? [session, place] : [session], done);
  }

  #reserve(record: OwnedRecord, call: Call<'reserve'>, recipient: Recipient): void {
    const entry = findInJournal(record.content.journal, call.journalKey);
    if (entry) this.answers.answerReplayed(record, entry, recipient);
    else recipient.answer(reserve(this.context, record, call));
  }

  #lead(key: string, epoch: number, content: RecordContent, absoluteTimeoutMs: number) {
    const record = newOwnedRecord(this.context, key, epoch, content, absoluteTimeoutMs);
    this.context.setRecord(key, record);
    return record;
  }

  isExpired(record: OwnedRecord): boolean {
    const { nowMs } = this.context;
    return nowMs >= record.idleDeadlineMs || nowMs >= record.absoluteDeadlineMs;
  }

  /** Ends a session that is past its deadline. */
  expire(record: OwnedRecord): void {
    const absolute = this.context.nowMs >= record.absoluteDeadlineMs;
    this.end(record, absolute ? 'expired' : 'idle', () => {});
  }
}
