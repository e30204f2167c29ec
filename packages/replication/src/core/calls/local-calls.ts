import type { ClaimDone } from '../claims/claim.js';
import type { Verifier } from '../claims/verifier.js';
import type { CoreContext, Recipient } from '../context.js';
import { leaderOf } from '../record/leader.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import { hasSeenMore, leftOf, withLoss } from '../record/seen-more.js';
import type { Version } from '../record/version.js';
import type { BuriedCalls } from './buried-calls.js';
import { type OwnerCall, TIER_SILENT } from './calls.js';

type Open = Extract<OwnerCall, { kind: 'open' }>;

/** Calls on records that this node leads or is about to lead. */
export class LocalCalls {
  constructor(
    private readonly context: CoreContext,
    private readonly verifier: Verifier,
    private readonly buried: BuriedCalls,
  ) {}

  /** Executes here, now or as soon as the record is settled (claimed, handed over, verified). */
  run(call: OwnerCall, recipient: Recipient): void {
    const { context } = this;
    if (context.claims.isClaiming(call.key)) {
      context.claims.start(call.key, 0, () => this.#again(call, recipient));
    } else if (context.handoffs.isFrozen(call.key)) {
      context.handoffs.queue(call.key, () => this.#again(call, recipient));
    } else {
      const record = context.records.get(call.key);
      if (record?.role !== 'owner') {
        recipient.redirect(leaderOf(context, call.key), record?.epoch ?? 0);
      } else if (this.verifier.needed(record)) {
        this.verifier.verify(record, () => this.#again(call, recipient));
      } else if (context.owner.standings.needed(record)) {
        context.owner.standings.ask(record, (verdict) => {
          if (verdict !== 'unasked') this.#again(call, recipient);
          else recipient.answer({ kind: 'refused', reason: 'its principal cannot be asked' });
        });
      } else if (call.kind === 'open' && call.seen) {
        this.#open(record, call, call.seen, recipient);
      } else context.owner.execute(record, call, recipient);
    }
  }

  #open(record: OwnedRecord, call: Open, seen: Version, recipient: Recipient): void {
    const { owner } = this.context;
    const left = leftOf(seen, record);
    if (hasSeenMore(seen, record)) this.#raise(call, seen, recipient);
    else if (!left) owner.execute(record, call, recipient);
    else {
      this.context.notice({ kind: 'lost-revisions', key: call.key, seen, found: left });
      owner.execute(record, call, {
        answer: (result) => recipient.answer(withLoss(result, left)),
        redirect: (leader, epoch) => recipient.redirect(leader, epoch),
        numbered: () => recipient.numbered(),
      });
    }
  }

  #again(call: OwnerCall, recipient: Recipient): void {
    if (recipient.isOver?.()) return;
    const record = this.context.records.get(call.key);
    if (this.context.tombstone(call.key)) this.buried.answer(call, recipient);
    else if (record?.role === 'owner') this.run(call, recipient);
    else recipient.redirect(leaderOf(this.context, call.key), record?.epoch ?? 0);
  }

  /** The client has seen more than the owner holds: confirm that nobody has it, then go past it. */
  #raise(call: Open, seen: Version, recipient: Recipient): void {
    const raised: ClaimDone = (outcome) => {
      if (outcome === 'unanswered') recipient.answer(TIER_SILENT);
      else this.#again(call, recipient);
    };
    this.context.claims.start(call.key, seen.epoch, raised, { wanted: seen });
  }

  /** A request opens its record once. Shared limits have a place of their own and stay there. */
  followRequests({ kind, key }: OwnerCall, by: Incarnation): void {
    const record = this.context.records.get(key);
    if (kind !== 'open' || record?.role !== 'owner') return;
    this.context.handoffs.follow(record, by);
  }
}
