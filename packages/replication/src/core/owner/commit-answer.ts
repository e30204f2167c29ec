import type { Durability } from '../calls/calls.js';
import type { Recipient } from '../context.js';
import type { CommitId } from '../record/applied-commits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import type { JournalRecord } from '../record/journal.js';
import type { CommitWaiter, OwnedRecord } from '../record/record.js';

/** Who answers a change once it is held as asked. */
export interface CommitAnswerer {
  copied(answer: CommitAnswer, copies: number): void;
}

/** A change that was numbered, and whoever is to hear that it is held as asked. */
export class CommitAnswer implements CommitWaiter {
  /** When the record was last changed. */
  readonly changedAt: HybridTime;
  /** The record that has the change now: another one once a login has given the session a new id. */
  heldIn: OwnedRecord;

  constructor(
    private readonly answerer: CommitAnswerer,
    /** As which it was changed: whoever did may not know what became of it. */
    readonly record: OwnedRecord,
    readonly seq: number,
    readonly id: CommitId,
    readonly durability: Durability,
    readonly startedMs: number,
    readonly recipient: Recipient,
    /** A repeated login: what was answered the first time. */
    readonly entry: JournalRecord | undefined,
  ) {
    this.changedAt = record.content.changedAt ?? 0;
    this.heldIn = record;
  }

  takenTo(successor: OwnedRecord): void {
    this.heldIn = successor;
  }

  /** The same answer for a repetition of the call. */
  alsoTo(recipient: Recipient): CommitAnswer {
    const { answerer, record, seq, id, durability, startedMs, entry } = this;
    const also = new CommitAnswer(
      answerer,
      record,
      seq,
      id,
      durability,
      startedMs,
      recipient,
      entry,
    );
    also.heldIn = this.heldIn;
    return also;
  }

  done(copies: number): void {
    this.answerer.copied(this, copies);
  }
}
