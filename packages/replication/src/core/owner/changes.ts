import type { CallResult, OwnerCall } from '../calls/calls.js';
import type { Refusals } from '../calls/refusals.js';
import type { CoreContext, Recipient } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import { LIMITS } from '../limits.js';
import { isApplied } from '../record/applied-commits.js';
import { advanceContent } from '../record/content.js';
import { findInJournal } from '../record/journal.js';
import type { OwnedRecord } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { oversizeWith } from '../record/record-size.js';
import { viewOf } from '../record/record-view.js';
import type { CommitAnswers } from './commit-answers.js';
import type { Locks } from './locks.js';
import { operationsOnto } from './merge.js';
import { consumeRate } from './rate-limit.js';
import { rotateRecord } from './rotation.js';

type Call<K extends OwnerCall['kind']> = Extract<OwnerCall, { kind: K }>;

/** The changes of owned records: ordered, merged, numbered and on their way to the copies. */
export class Changes {
  constructor(
    private readonly context: CoreContext,
    private readonly keeper: BackupKeeper,
    private readonly locks: Locks,
    private readonly answers: CommitAnswers,
    private readonly refusals: Refusals,
  ) {}

  commit(record: OwnedRecord, call: Call<'commit'>, recipient: Recipient): void {
    if (isApplied(record.content.applied, call.id)) {
      const entry = call.again && call.journal;
      const first = entry ? findInJournal(record.content.journal, entry.key) : undefined;
      this.answers.answer(record, call, recipient, first);
      return;
    }
    if (call.journal) {
      const first = findInJournal(record.content.journal, call.journal.key);
      if (first) {
        this.answers.answerReplayed(record, first, recipient);
        return;
      }
    }
    const current = call.base.epoch === record.epoch && call.base.seq === record.seq;
    if (call.exact && !current) {
      recipient.answer({ kind: 'conflict', view: viewOf(this.context, record) });
      return;
    }
    if (call.lock && !this.locks.isHeldBy(record, call.lock)) {
      recipient.answer({ kind: 'lock-lost' });
      return;
    }
    if (this.refusals.withoutCopy(record, recipient)) return;
    const body: DeltaBody = {
      operations: operationsOnto(record, call.base, call.operations),
      id: call.id,
      journal: call.journal,
      idleTimeoutMs: call.idleTimeoutMs,
      sinceLast: this.#sinceLast(record),
    };
    const encoded = this.context.codec.encodeDelta(body);
    const oversize = oversizeWith(this.context, record, body, encoded.length);
    if (this.refusals.tooLarge(oversize, recipient)) return;
    this.advance(record, body, encoded);
    recipient.numbered();
    if (call.journal) record.reservations.delete(call.journal.key);
    this.answers.answer(record, call, recipient);
  }

  rotate(record: OwnedRecord, call: Call<'rotate'>, recipient: Recipient): void {
    const first = call.journal && findInJournal(record.content.journal, call.journal.key);
    if (first && !call.again) {
      this.answers.answerReplayed(record, first, recipient);
      return;
    }
    // Its place on the list was taken by another login, or nobody came back for it in time.
    const buried = this.context.tombstone(call.to);
    if (buried) {
      recipient.answer({ kind: 'destroyed', reason: buried.reason });
      return;
    }
    if (this.refusals.withoutCopy(record, recipient)) return;
    const { operations, id } = call;
    const journal = call.again ? undefined : call.journal;
    const body: DeltaBody = { operations, id, journal };
    const bytes = this.context.codec.encodeDelta(body).length;
    if (this.refusals.tooLarge(oversizeWith(this.context, record, body, bytes), recipient)) return;
    recipient.numbered();
    rotateRecord(this.context, this.keeper, record, call, (successor, final) => {
      if (!final) recipient.answer({ kind: 'fate-unknown' });
      else if (!successor) recipient.answer({ kind: 'destroyed', reason: 'rotated' });
      else this.answers.answer(successor, call, recipient, first);
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
    this.keeper.unshared.note(record, document, body, encoded);
    if (record.backups.size === 0) this.keeper.place(record);
    else if (record.isLogUntold) this.keeper.unshared.tellLog(record);
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

  /** Only a touch that moves the deadline by a tenth of the idle time is worth a message. */
  touch(record: OwnedRecord): void {
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

  consume(record: OwnedRecord, call: Call<'consume'>): CallResult {
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
}
