import { adoptedContent } from './adopted-content.js';
import { isApplied, rememberApplied } from './applied-commits.js';
import type { BackupKeeper } from './backup-keeper.js';
import type { BurialDone } from './burials.js';
import type { CallResult, Durability, OwnerCall, RecordView } from './calls.js';
import { CommitAnswer, type CommitAnswerer } from './commit-answer.js';
import { advanceContent, decodeCopy } from './content.js';
import { type CoreContext, type Recipient, type Reply, replyOf } from './context.js';
import { endReasonOf } from './end-reasons.js';
import { endVersion } from './end-version.js';
import { type HeldRecord, LooseRecord } from './held-record.js';
import { findInJournal, type JournalRecord } from './journal.js';
import { LIMITS, MIN_TOMBSTONE_MS } from './limits.js';
import { Locks } from './locks.js';
import { operationsOnto } from './merge.js';
import type { BuriedKey } from './messages.js';
import { OpenRotations } from './open-rotations.js';
import { Principals } from './principals.js';
import { consumeRate } from './rate-limit.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  NOBODY_WAITS,
  type OwnedRecord,
  type RecordContent,
  type Reservation,
  versionOf,
} from './record.js';
import type { DeltaBody } from './record-codec.js';
import { firstBytesOf, oversizeOf, oversizeWith } from './record-size.js';
import { NOT_FILED } from './record-table.js';
import { rotateRecord } from './rotation.js';
import { Standings } from './standings.js';

/** Everyone live has the tombstone, but the tier has not; the repetition of the call waits for it. */
export const UNTOLD: CallResult = {
  kind: 'refused',
  reason: 'the tier could not be told of the end',
};

type Call<K extends OwnerCall['kind']> = Extract<OwnerCall, { kind: K }>;

/** A rate limit nobody used for a day is as good as new. */
const SHARED_IDLE_MS = 24 * 60 * 60_000;
const SHARED_ABSOLUTE_MS = 365 * SHARED_IDLE_MS;

/** Executes calls on records this node owns: the one place where changes are ordered and merged. */
export class Owner implements CommitAnswerer {
  readonly locks: Locks;
  readonly principals: Principals;
  readonly standings: Standings;
  readonly rotations: OpenRotations;

  constructor(
    private readonly context: CoreContext,
    readonly keeper: BackupKeeper,
  ) {
    this.locks = new Locks(context);
    this.principals = new Principals(context, keeper, this.advance.bind(this));
    this.standings = new Standings(context, this.end.bind(this));
    this.rotations = new OpenRotations(context, keeper);
  }

  execute(record: OwnedRecord, call: OwnerCall, recipient: Recipient): void {
    if (this.isExpired(record)) {
      this.#answerExpired(record, recipient);
      return;
    }
    record.usedMs = this.context.nowMs;
    if (call.kind === 'commit') this.#commit(record, call, recipient);
    else this.#executeOther(record, call, recipient, replyOf(recipient));
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
        reply({ kind: 'record', view: this.view(record) });
        return;
      case 'create':
        // A repetition of the call that made it.
        this.#answerCommitted(record, record.seq, call.durability, recipient);
        return;
      case 'rotate':
        this.#rotate(record, call, recipient);
        return;
      case 'destroy':
        if (this.#refusesUnheard(reply)) return;
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
        this.#touch(record);
        reply({ kind: 'done' });
        return;
      case 'consume': {
        const result = this.#consume(record, call);
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
    const content: RecordContent = {
      document: { data: call.data, system: call.system },
      idleTimeoutMs: call.idleTimeoutMs,
      journal: call.journal ? [call.journal] : [],
      applied: rememberApplied([], call.id),
      rates: new Map(),
      kind: 'session',
      changedAt: this.context.clock.next(this.context.nowMs),
      standing: call.standing,
    };
    if (this.#refusesSize(oversizeOf(this.context, content), recipient)) return;
    if (this.#refusesForMemory(recipient)) return;
    const record = this.#own(call.key, 1, content, call.absoluteTimeoutMs);
    recipient.numbered();
    this.keeper.place(record);
    this.#answerCommitted(record, record.seq, call.durability, recipient);
  }

  /** A record for rate limits that belong to no session; made on first use by the ranked owner. */
  createShared(key: string): OwnedRecord {
    const record = this.#own(
      key,
      1,
      {
        document: { data: {}, system: {} },
        idleTimeoutMs: SHARED_IDLE_MS,
        journal: [],
        applied: [],
        rates: new Map(),
        kind: 'shared',
      },
      SHARED_ABSOLUTE_MS,
    );
    this.keeper.place(record);
    return record;
  }

  /** The list of a principal's sessions, made by its first login under an epoch that all promised. */
  createPrincipal(call: Call<'enlist'>, epoch: number): OwnedRecord {
    const content = Principals.contentOf(call);
    const record = this.#own(call.key, epoch, content, Principals.absoluteTimeoutMs);
    this.keeper.place(record);
    return record;
  }

  /** Becomes owner of a held copy under a new epoch; undefined when the copy cannot be read. */
  adopt(copy: HeldRecord, epoch: number, holders: readonly Incarnation[]): OwnedRecord | undefined {
    const { nowMs } = this.context;
    // What this node holds is gone as soon as it owns the record.
    const held = copy.detached();
    const read = this.#read(held);
    if (!read) return undefined;
    const content = adoptedContent(this.context, held, read);
    const before = this.context.records.get(held.key);
    const isOther = before?.role === 'backup' && compareLineages(before, held) !== 0;
    const replaced = isOther ? before.detached() : undefined;
    const record = this.#own(held.key, epoch, content, held.absoluteDeadlineMs - nowMs);
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
    this.keeper.keepUnshared(record);
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

  view(record: OwnedRecord): RecordView {
    const { nowMs, settings } = this.context;
    return {
      key: record.key,
      version: { epoch: record.epoch, seq: record.seq },
      document: record.content.document,
      idleRemainingMs: Math.max(0, record.idleDeadlineMs - nowMs),
      absoluteRemainingMs: Math.max(0, record.absoluteDeadlineMs - nowMs),
      owner: settings.label,
      backups: this.#upToDate(record),
    };
  }

  #read(held: HeldRecord): RecordContent | undefined {
    try {
      return decodeCopy(this.context.codec, held.base, held.tail, this.context.nowMs, held);
    } catch {
      // One broken record must not take down every node that tries to adopt it.
      this.context.notice({ kind: 'unreadable', key: held.key });
      return undefined;
    }
  }

  #own(key: string, epoch: number, content: RecordContent, absoluteTimeoutMs: number): OwnedRecord {
    const { nowMs } = this.context;
    const absoluteDeadlineMs = nowMs + absoluteTimeoutMs;
    const idleDeadlineMs = Math.min(nowMs + content.idleTimeoutMs, absoluteDeadlineMs);
    const bytes = firstBytesOf(this.context, content);
    const record: OwnedRecord = {
      role: 'owner',
      key,
      epoch,
      seq: 0,
      content,
      idleDeadlineMs,
      absoluteDeadlineMs,
      replicatedIdleDeadlineMs: idleDeadlineMs,
      backups: new Map(),
      bytesAtMost: bytes,
      history: [{ epoch, seq: 0, document: content.document }],
      waiters: NOBODY_WAITS,
      answeredSeq: 0,
      answeredAt: 0,
      unshared: [],
      isLogUntold: false,
      reservations: new Map(),
      verifiedMs: nowMs,
      usedMs: nowMs,
      ownedSinceMs: nowMs,
      affinity: undefined,
      expirySlot: NOT_FILED,
      accountedBytes: 0,
      measuredBytes: bytes,
    };
    this.context.setRecord(key, record);
    return record;
  }

  #commit(record: OwnedRecord, call: Call<'commit'>, recipient: Recipient): void {
    if (isApplied(record.content.applied, call.id)) {
      const entry = call.again && call.journal;
      const first = entry ? findInJournal(record.content.journal, entry.key) : undefined;
      this.#answerCommitted(record, record.seq, call.durability, recipient, first);
      return;
    }
    if (call.journal) {
      const first = findInJournal(record.content.journal, call.journal.key);
      if (first) {
        this.#answerReplayed(record, first, recipient);
        return;
      }
    }
    const current = call.base.epoch === record.epoch && call.base.seq === record.seq;
    if (call.exact && !current) {
      recipient.answer({ kind: 'conflict', view: this.view(record) });
      return;
    }
    if (call.lock && !this.locks.isHeldBy(record, call.lock)) {
      recipient.answer({ kind: 'lock-lost' });
      return;
    }
    if (this.#refusesWithoutCopy(record, recipient)) return;
    const body: DeltaBody = {
      operations: operationsOnto(record, call.base, call.operations),
      id: call.id,
      journal: call.journal,
      idleTimeoutMs: call.idleTimeoutMs,
      sinceLast: this.#sinceLast(record),
    };
    const encoded = this.context.codec.encodeDelta(body);
    const oversize = oversizeWith(this.context, record, body, encoded.length);
    if (this.#refusesSize(oversize, recipient)) return;
    this.advance(record, body, encoded);
    recipient.numbered();
    if (call.journal) record.reservations.delete(call.journal.key);
    this.#answerCommitted(record, record.seq, call.durability, recipient);
  }

  #rotate(record: OwnedRecord, call: Call<'rotate'>, recipient: Recipient): void {
    const first = call.journal && findInJournal(record.content.journal, call.journal.key);
    if (first && !call.again) {
      this.#answerReplayed(record, first, recipient);
      return;
    }
    // Its place on the list was taken by another login, or nobody came back for it in time.
    const buried = this.context.tombstone(call.to);
    if (buried) {
      recipient.answer({ kind: 'destroyed', reason: buried.reason });
      return;
    }
    if (this.#refusesWithoutCopy(record, recipient)) return;
    const { operations, id } = call;
    const journal = call.again ? undefined : call.journal;
    const body: DeltaBody = { operations, id, journal };
    const bytes = this.context.codec.encodeDelta(body).length;
    if (this.#refusesSize(oversizeWith(this.context, record, body, bytes), recipient)) return;
    recipient.numbered();
    rotateRecord(this.context, this.keeper, record, call, (successor, final) => {
      if (!final) recipient.answer({ kind: 'fate-unknown' });
      else if (!successor) recipient.answer({ kind: 'destroyed', reason: 'rotated' });
      else this.#answerCommitted(successor, successor.seq, call.durability, recipient, first);
    });
  }

  /** Numbers a change and sends it to the copies; a commit is activity, so the idle time starts anew. */
  advance(
    record: OwnedRecord,
    body: DeltaBody,
    encoded = this.context.codec.encodeDelta(body),
  ): void {
    const { nowMs } = this.context;
    const { document } = record.content;
    record.content = advanceContent(record.content, body, nowMs);
    record.seq += 1;
    record.idleDeadlineMs = Math.min(
      nowMs + record.content.idleTimeoutMs,
      record.absoluteDeadlineMs,
    );
    record.replicatedIdleDeadlineMs = record.idleDeadlineMs;
    // A commit may shorten the idle time.
    this.context.recordChanged(record);
    const { epoch, seq } = record;
    record.history.push({ epoch, seq, document: record.content.document });
    if (record.history.length > LIMITS.documentHistory) record.history.shift();
    this.context.tiering.changed(record);
    this.keeper.note(record, document, body, encoded);
    if (record.backups.size === 0) this.keeper.place(record);
    else if (record.isLogUntold) this.keeper.tellLog(record);
    else {
      this.keeper.replicate(record, {
        kind: 'delta',
        key: record.key,
        epoch: record.epoch,
        seq: record.seq,
        idleRemainingMs: record.idleDeadlineMs - nowMs,
        body: encoded,
      });
    }
  }

  /** An outcome may be told again only when it would survive this node, like the first time. */
  #answerReplayed(record: OwnedRecord, entry: JournalRecord, recipient: Recipient): void {
    this.keeper.awaitCopies(record, record.seq, 'backup', () =>
      recipient.answer({ kind: 'replayed', entry }),
    );
  }

  /** The nodes that hold all that was answered for: where a failover loses nothing. */
  #upToDate({ backups, answeredSeq }: OwnedRecord): string[] {
    let labels: string[] = [];
    for (const [holder, { ackedSeq }] of backups) {
      if (ackedSeq < answeredSeq) continue;
      const label = this.context.labelOf(holder);
      // Pushing to an empty list would reserve room for sixteen, in every answer.
      if (labels.length === 0) labels = [label];
      else labels.push(label);
    }
    return labels;
  }

  #answerCommitted(
    record: OwnedRecord,
    seq: number,
    durability: Durability,
    recipient: Recipient,
    entry?: JournalRecord,
  ): void {
    const { nowMs } = this.context;
    this.keeper.await(
      record,
      new CommitAnswer(this, record, seq, durability, nowMs, recipient, entry),
    );
  }

  copied(answer: CommitAnswer, copies: number): void {
    const { record, seq, durability, changedAt, recipient, entry } = answer;
    record.answeredAt = Math.max(record.answeredAt, changedAt);
    if (durability !== 'async') record.answeredSeq = Math.max(record.answeredSeq, seq);
    if (copies === 0 && durability !== 'async') {
      this.context.notice({ kind: 'no-copy', key: record.key });
    }
    if (this.context.tiering.enabled) this.#answerStored(answer, copies);
    else recipient.answer(this.#committed(record, copies, entry));
  }

  #answerStored({ record, durability, recipient, entry }: CommitAnswer, copies: number): void {
    this.context.tiering.awaitStored(record, durability, (stored) => {
      // It was applied and may survive; only the tier's word for it is missing.
      if (stored) recipient.answer(this.#committed(record, copies, entry));
      else recipient.answer({ kind: 'fate-unknown' });
    });
  }

  #committed(record: OwnedRecord, copies: number, entry: JournalRecord | undefined): CallResult {
    const view = this.view(record);
    // Not with a conditional spread, which costs more than all the rest of an answer.
    return entry ? { kind: 'committed', view, copies, entry } : { kind: 'committed', view, copies };
  }

  #refusesSize(bytes: number | undefined, recipient: Recipient): boolean {
    if (bytes === undefined) return false;
    const maxBytes = this.context.settings.maxRecordBytes ?? Number.MAX_SAFE_INTEGER;
    recipient.answer({ kind: 'too-large', bytes, maxBytes });
    return true;
  }

  /** Only what is new: a session that exists keeps working, and frees its memory when it ends. */
  #refusesForMemory(recipient: Recipient): boolean {
    if (!this.context.memory.isFull) return false;
    this.context.notice({ kind: 'limit', limit: 'memory-full' });
    recipient.answer({ kind: 'refused', reason: 'memory.maxBytes of the node is reached' });
    return true;
  }

  #refusesWithoutCopy(record: OwnedRecord, recipient: Recipient): boolean {
    const { settings, busConnected, tiering } = this.context;
    if (tiering.refusesChanges) {
      recipient.answer({ kind: 'refused', reason: 'the tier does not answer' });
      return true;
    }
    if (settings.onIsolation === 'serve' || settings.backups === 0) return false;
    // A dead one may still be listed: lost copies are looked after in turn, not at once.
    const { membership } = this.context;
    const hasHolder = [...record.backups.keys()].some((holder) => membership.isLive(holder));
    if (busConnected && hasHolder) return false;
    recipient.answer({ kind: 'refused', reason: 'no other node can hold a copy' });
    return true;
  }

  /** An end that no other node can learn of, where that is not to be acknowledged. */
  #refusesUnheard(reply: Reply): boolean {
    const { settings, busConnected, tiering } = this.context;
    if (tiering.refusesEnds) {
      reply(UNTOLD);
      return true;
    }
    if (busConnected || settings.onIsolation === 'serve') return false;
    reply({ kind: 'refused', reason: 'no other node can be told of the end' });
    return true;
  }

  #reserve(record: OwnedRecord, call: Call<'reserve'>, recipient: Recipient): void {
    const entry = findInJournal(record.content.journal, call.journalKey);
    if (entry) this.#answerReplayed(record, entry, recipient);
    else recipient.answer(this.#reserveNew(record, call));
  }

  #reserveNew(record: OwnedRecord, call: Call<'reserve'>): CallResult {
    const { nowMs } = this.context;
    const { origin, counter } = call.id;
    const held = record.reservations.get(call.journalKey);
    const isSameCall = held?.origin === origin && held.counter === counter;
    if (held && !isSameCall && this.#isRunning(held)) {
      return { kind: 'in-progress', fingerprint: held.fingerprint };
    }
    const { fingerprint } = call;
    record.reservations.set(call.journalKey, { fingerprint, atMs: nowMs, origin, counter });
    while (record.reservations.size > LIMITS.journalEntries) {
      record.reservations.delete(record.reservations.keys().next().value as string);
    }
    return { kind: 'reserved' };
  }

  /**
   * Whether the handler that reserved a key may still come back. Not when its node is dead: the
   * repetition that follows a crash must not wait for an outcome that will never be. If that node
   * was only cut off, the commit checks the journal again.
   */
  #isRunning({ origin, atMs }: Reservation): boolean {
    const { nowMs, self, membership } = this.context;
    if (nowMs - atMs >= LIMITS.reservationMs) return false;
    return origin === self || membership.isLive(origin);
  }

  /** Only a touch that moves the deadline by a tenth of the idle time is worth a message. */
  #touch(record: OwnedRecord): void {
    const { nowMs } = this.context;
    const { idleTimeoutMs } = record.content;
    record.idleDeadlineMs = Math.min(nowMs + idleTimeoutMs, record.absoluteDeadlineMs);
    if (record.idleDeadlineMs - record.replicatedIdleDeadlineMs < idleTimeoutMs / 10) return;
    record.replicatedIdleDeadlineMs = record.idleDeadlineMs;
    this.context.tiering.changed(record);
    this.keeper.replicate(record, {
      kind: 'touch',
      key: record.key,
      epoch: record.epoch,
      idleRemainingMs: record.idleDeadlineMs - nowMs,
    });
  }

  #consume(record: OwnedRecord, call: Call<'consume'>): CallResult {
    const { nowMs } = this.context;
    const repeated = isApplied(record.content.applied, call.id);
    const outcome = consumeRate(
      call,
      record.content.rates.get(call.policy),
      nowMs,
      repeated ? 0 : call.cost,
    );
    if (!repeated && call.cost !== 0 && outcome.allowed) {
      this.advance(record, {
        operations: [],
        id: call.id,
        sinceLast: this.#sinceLast(record),
        rates: [[call.policy, outcome.arrivalMs - nowMs]],
      });
    }
    const { allowed, remaining, retryAfterMs, resetAfterMs } = outcome;
    return { kind: 'rate', allowed, remaining, retryAfterMs, resetAfterMs };
  }

  #sinceLast({ content }: OwnedRecord): number {
    return this.context.clock.next(this.context.nowMs) - (content.changedAt ?? 0);
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
