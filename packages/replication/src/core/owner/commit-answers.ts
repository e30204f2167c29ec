import type { CallResult, Durability, OwnerCall } from '../calls/calls.js';
import type { CoreContext, Recipient } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import type { CommitId } from '../record/applied-commits.js';
import { findInJournal, type JournalRecord } from '../record/journal.js';
import type { OwnedRecord } from '../record/record.js';
import { viewOf } from '../record/record-view.js';
import { CommitAnswer, type CommitAnswerer } from './commit-answer.js';

/** Tells whoever made a change of it, once as many hold it as were asked for. */
export class CommitAnswers implements CommitAnswerer {
  constructor(
    private readonly context: CoreContext,
    private readonly keeper: BackupKeeper,
  ) {}

  /** Answers a change once it is held as asked. */
  answer(
    record: OwnedRecord,
    { id, durability }: { readonly id: CommitId; readonly durability: Durability },
    recipient: Recipient,
    entry?: JournalRecord,
  ): void {
    const { nowMs } = this.context;
    const { seq } = record;
    this.keeper.wait(
      record,
      new CommitAnswer(this, record, seq, id, durability, nowMs, recipient, entry),
    );
  }

  /** A repetition of a change whose answer still waits for copies hears the same; false if none does. */
  join(record: OwnedRecord, { origin, counter }: CommitId, recipient: Recipient): boolean {
    const first = record.waiters.find(
      (waiter): waiter is CommitAnswer =>
        waiter instanceof CommitAnswer &&
        waiter.id.origin === origin &&
        waiter.id.counter === counter,
    );
    if (first) this.keeper.wait(record, first.alsoTo(recipient));
    return first !== undefined;
  }

  /** Says once more of a change that it was made, as `former` and held by what that goes on as. */
  repeat(
    former: OwnedRecord,
    successor: OwnedRecord,
    { id, durability, again, journal }: Extract<OwnerCall, { kind: 'commit' }>,
    recipient: Recipient,
  ): void {
    const { nowMs } = this.context;
    const { seq, content } = successor;
    const entry = again && journal ? findInJournal(content.journal, journal.key) : undefined;
    const answer = new CommitAnswer(this, former, seq, id, durability, nowMs, recipient, entry);
    answer.heldIn = successor;
    this.keeper.wait(successor, answer);
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

  #answerStored(
    { record, heldIn, durability, recipient, entry }: CommitAnswer,
    copies: number,
  ): void {
    this.context.tiering.awaitStored(heldIn, durability, (stored) => {
      // It was applied and may survive; only the tier's word for it is missing.
      if (stored) recipient.answer(this.#committed(record, copies, entry));
      else recipient.answer({ kind: 'fate-unknown' });
    });
  }

  #committed(record: OwnedRecord, copies: number, entry: JournalRecord | undefined): CallResult {
    const view = viewOf(this.context, record);
    // A conditional spread would copy every answer once more.
    return entry ? { kind: 'committed', view, copies, entry } : { kind: 'committed', view, copies };
  }

  /** An outcome may be told again only when it would survive this node, like the first time. */
  answerReplayed(record: OwnedRecord, entry: JournalRecord, recipient: Recipient): void {
    this.keeper.awaitCopies(record, record.seq, 'backup', () =>
      recipient.answer({ kind: 'replayed', entry }),
    );
  }
}
