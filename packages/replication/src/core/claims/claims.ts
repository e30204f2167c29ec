import type { CoreContext } from '../context.js';
import { heldFrom } from '../copies/copies.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { ClaimAnswer, Message } from '../messages.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  type OwnedRecord,
  versionOf,
} from '../record/record.js';
import {
  type Claim,
  type ClaimDone,
  type ClaimHints,
  type ClaimOutcome,
  newClaim,
  weigh,
} from './claim.js';
import { ClaimAnswers, type OwnClaims } from './claim-answers.js';
import { ClaimTier } from './claim-tier.js';

/** After this many lost ties the claimer leaves the record to the others for a moment. */
const MAX_ATTEMPTS = 16;

/**
 * Takeover: this node makes itself owner of a record whose owner is gone. *Every* live node is asked
 * for a promise not to follow anyone lower, and for its copy if that is newer: the copy at hand may
 * predate a change of backups (invariant I21). The highest version is adopted under a new epoch.
 * Two claimers of one epoch are ordered by incarnation; the lower one yields.
 */
export class Claims implements OwnClaims {
  readonly #byKey = new Map<string, Claim>();
  readonly #byRequest = new Map<number, Claim>();
  readonly #answers: ClaimAnswers;
  readonly #tier: ClaimTier;

  constructor(
    private readonly context: CoreContext,
    private readonly demote: (record: OwnedRecord, to: Lineage) => HeldRecord,
  ) {
    this.#answers = new ClaimAnswers(context, this, demote);
    this.#tier = new ClaimTier(context, {
      isUnderWay: (claim) => this.#byKey.get(claim.key) === claim,
      beginAbove: (claim, epoch) => this.#begin(claim, epoch),
      decide: (claim) => this.#win(claim),
      giveUp: (claim) => {
        this.#withdraw(claim);
        this.#end(claim, 'unanswered');
      },
      endElsewhere: (claim) => this.#end(claim, 'elsewhere'),
    });
  }

  isClaiming(key: string): boolean {
    return this.#byKey.has(key);
  }

  epochOf(key: string): number {
    return this.#byKey.get(key)?.epoch ?? 0;
  }

  start(key: string, minEpoch: number, done: ClaimDone, hints: ClaimHints = {}): void {
    const existing = this.#byKey.get(key);
    if (existing) {
      existing.waiters.push(done);
      if (hints.stored) this.#tier.offer(existing, hints.stored);
      return;
    }
    const { context } = this;
    const claim = newClaim(key, context.nowMs, context.promises.get(key), hints);
    claim.waiters.push(done);
    // Before the own record is demoted, which sends its calls to a claim: there must be one only.
    this.#byKey.set(key, claim);
    claim.best = this.#ownCopy(key);
    if (hints.stored) this.#tier.keep(claim, hints.stored);
    this.#begin(claim, minEpoch);
  }

  /** Another node claims. */
  receive(from: Incarnation, claim: Extract<Message, { kind: 'claim' }>): void {
    this.#answers.receive(from, claim);
  }

  yieldTo(key: string): void {
    const claim = this.#byKey.get(key);
    if (claim) this.#end(claim, 'elsewhere');
  }

  /**
   * Others may have promised what this owner refuses, and would refuse its next change in favour of
   * a claimer that has given up: it goes past that epoch at once. Not while it gives the record away.
   */
  overbid({ key }: OwnedRecord, epoch: number): void {
    if (!this.context.handoffs.isFrozen(key)) this.start(key, epoch, () => {});
  }

  answered(request: number, from: Incarnation, answer: ClaimAnswer): void {
    const claim = this.#byRequest.get(request);
    if (!claim?.awaiting.delete(from)) return;
    switch (answer.kind) {
      case 'buried':
        this.context.bury(answer.buried);
        this.#end(claim, 'elsewhere');
        return;
      case 'refused':
        this.#refused(claim, answer.by, answer.owner);
        return;
      case 'promised':
        if (answer.holds) claim.holders.add(from);
        if (answer.copy) weigh(claim, heldFrom(claim.key, answer.copy, this.context.nowMs));
        if (claim.awaiting.size === 0) this.#win(claim);
        return;
    }
  }

  /**
   * It is asked like everybody else: a node that comes back under a new name may have the newest copy
   * (the failure prevented: while another is waited for, which is dead, the owner wakes up, and what it
   * has is not adopted; stumble, seed 7078).
   */
  met(incarnation: Incarnation): void {
    for (const claim of this.#byKey.values()) {
      claim.awaiting.add(incarnation);
      this.#ask(claim, [incarnation]);
    }
  }

  memberDied(incarnation: Incarnation): void {
    for (const claim of [...this.#byKey.values()]) {
      claim.holders.delete(incarnation);
      if (claim.awaiting.delete(incarnation) && claim.awaiting.size === 0) this.#win(claim);
    }
    this.#answers.memberDied(incarnation);
  }

  /** This node has a new name: what it claimed under the old one, it claims anew. */
  reborn(): void {
    for (const claim of [...this.#byKey.values()]) {
      claim.rivals.length = 0;
      this.#withdraw(claim);
      this.#begin(claim, 0);
    }
  }

  tick(): void {
    this.#answers.tick();
    const { nowMs, settings } = this.context;
    for (const claim of this.#byKey.values()) {
      if (nowMs - claim.sentMs > settings.timings.resendMs) this.#askAll(claim);
    }
  }

  #begin(claim: Claim, minEpoch: number): void {
    const { context } = this;
    const known = Math.max(
      minEpoch,
      claim.best?.epoch ?? 0,
      context.promises.get(claim.key)?.epoch ?? 0,
    );
    this.#byRequest.delete(claim.request);
    claim.epoch = known + 1;
    claim.request = context.nextRequest();
    claim.awaiting = new Set([...context.membership.live()].map((member) => member.incarnation));
    claim.attempts++;
    this.#byRequest.set(claim.request, claim);
    claim.promise = { epoch: claim.epoch, owner: context.self };
    context.promise(claim.key, claim.promise);
    this.#askAll(claim);
    if (claim.awaiting.size === 0) this.#win(claim);
  }

  #askAll(claim: Claim): void {
    claim.sentMs = this.context.nowMs;
    this.#ask(claim, claim.awaiting);
  }

  #ask(claim: Claim, members: Iterable<Incarnation>): void {
    const { context } = this;
    const { request, key, epoch, best } = claim;
    const have = best && { epoch: best.epoch, seq: best.seq, owner: best.owner };
    const gone = context.membership.dead();
    for (const member of members) {
      context.send(member, { kind: 'claim', request, key, epoch, have, gone });
    }
  }

  #refused(claim: Claim, by: Lineage, owner: boolean): void {
    if (owner || by.owner !== this.context.self) {
      // Somebody leads or is ahead. A dead leader's promise must not stop us for ever.
      const leads = owner || this.context.membership.isLive(by.owner);
      if (leads || claim.attempts >= MAX_ATTEMPTS) {
        this.#withdraw(claim);
        this.context.promise(claim.key, by);
        // Whoever leads has not asked for what is held here, and may never do.
        const held = this.context.records.get(claim.key);
        if (held?.role === 'backup') this.context.orphans.demoted(held, by.owner);
        this.#end(claim, 'elsewhere');
        return;
      }
    }
    this.#begin(claim, by.epoch);
  }

  /**
   * This node will not lead what it claimed. Its promise to itself would have it take the record for
   * an orphan and claim again, for ever, against an owner that is well.
   */
  #withdraw(claim: Claim): void {
    const { context } = this;
    const promised = context.promises.get(claim.key);
    if (!promised || !claim.promise || compareLineages(promised, claim.promise) !== 0) return;
    context.promises.delete(claim.key);
    if (claim.promisedBefore) context.promise(claim.key, claim.promisedBefore);
  }

  /** A copy of a higher lineage arrived: somebody leads, and this claim is over. */
  overtaken(key: string): void {
    const claim = this.#byKey.get(key);
    if (claim && this.#isOvertaken(claim)) this.#end(claim, 'elsewhere');
  }

  #isOvertaken({ key, epoch }: Claim): boolean {
    const { context } = this;
    if (context.tombstone(key)) return true;
    const own: Lineage = { epoch, owner: context.self };
    const record = context.records.get(key);
    const promised = context.promises.get(key);
    if (promised && compareLineages(promised, own) > 0) return true;
    return record?.role === 'backup' && compareLineages(record, own) > 0;
  }

  #win(claim: Claim): void {
    const { context } = this;
    // The last answer of a claim that began anew meanwhile may already have won it.
    if (this.#byKey.get(claim.key) !== claim) return;
    if (this.#isOvertaken(claim)) {
      this.#end(claim, 'elsewhere');
      return;
    }
    if (this.#tier.asks(claim)) return;
    if (!claim.best) {
      this.#end(claim, 'none');
      return;
    }
    const held = claim.best;
    const previous = context.labelOf(held.owner);
    this.#forget(claim);
    const record = context.owner.adopt(held, claim.epoch, [...claim.holders]);
    if (!record) {
      for (const waiter of claim.waiters) waiter('none');
      return;
    }
    for (const rival of claim.rivals) context.orphans.absorb(record, rival);
    // Promises from before a pause may have been overtaken by another claim meanwhile.
    record.verifiedMs = claim.startedMs;
    const version = versionOf(record);
    if (held === claim.stored) {
      context.notice({ kind: 'restored', key: claim.key, version });
      context.tiering.restored(claim.key);
    } else {
      const tookMs = context.nowMs - claim.startedMs;
      context.notice({ kind: 'takeover', key: claim.key, from: previous, version, tookMs });
    }
    for (const waiter of claim.waiters) waiter('owned');
  }

  #end(claim: Claim, outcome: ClaimOutcome): void {
    this.#forget(claim);
    for (const waiter of claim.waiters) waiter(outcome);
  }

  #forget(claim: Claim): void {
    this.#byKey.delete(claim.key);
    this.#byRequest.delete(claim.request);
  }

  #ownCopy(key: string): HeldRecord | undefined {
    const record = this.context.records.get(key);
    // Its own bytes: what this node holds may be replaced before the claim is decided.
    if (record?.role !== 'owner') return record?.detached();
    return this.demote(record, { epoch: record.epoch, owner: this.context.self });
  }
}
