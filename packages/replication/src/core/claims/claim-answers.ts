import type { CoreContext } from '../context.js';
import { copyOf } from '../copies/copies.js';
import { buriedOf } from '../endings/tombstones.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { ClaimAnswer, Message } from '../messages.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  type OwnedRecord,
} from '../record/record.js';
import { DoubtedClaims } from './doubted-claims.js';

/** What this node claims itself, as far as the claims of others meet it. */
export interface OwnClaims {
  isClaiming(key: string): boolean;
  epochOf(key: string): number;
  yieldTo(key: string): void;
  /** Goes past an epoch that others may have promised. */
  overbid(record: OwnedRecord, epoch: number): void;
}

/** The other side of a takeover: what this node answers when another one claims a record. */
export class ClaimAnswers {
  readonly #doubted: DoubtedClaims;

  constructor(
    private readonly context: CoreContext,
    private readonly own: OwnClaims,
    private readonly demote: (record: OwnedRecord, to: Lineage) => HeldRecord,
  ) {
    this.#doubted = new DoubtedClaims(context, (from, claim) => this.#answer(from, claim));
  }

  /** Another node claims: promise it and hand over what is newer, or say who is ahead. */
  receive(from: Incarnation, claim: Extract<Message, { kind: 'claim' }>): void {
    const leader = this.#leaderNotGone(claim);
    if (leader && this.#doubted.keep(from, claim, leader.owner)) return;
    this.#answer(from, claim);
  }

  #answer(from: Incarnation, claim: Extract<Message, { kind: 'claim' }>): void {
    const { request } = claim;
    this.context.send(from, { kind: 'claimed', request, answer: this.#judge(from, claim) });
  }

  #judge(from: Incarnation, claim: Extract<Message, { kind: 'claim' }>): ClaimAnswer {
    const { context } = this;
    const { key, epoch, have } = claim;
    const tombstone = context.tombstone(key);
    if (tombstone) {
      return { kind: 'buried', buried: buriedOf(tombstone, context.nowMs) };
    }
    const record = context.records.get(key);
    const lineage: Lineage = { epoch, owner: from };
    if (record?.role === 'owner') {
      const stale = record.verifiedMs < context.unverifiedSinceMs;
      if (!stale || epoch <= record.epoch) {
        const by: Lineage = { epoch: record.epoch, owner: context.self };
        if (compareLineages(lineage, by) > 0) this.own.overbid(record, epoch);
        return { kind: 'refused', by, owner: true };
      }
      this.demote(record, lineage);
    }
    const leader = this.#leaderNotGone(claim);
    if (leader) return { kind: 'refused', by: leader, owner: true };
    const isClaiming = this.own.isClaiming(key);
    const promised = context.promises.get(key);
    const held = context.records.get(key);
    // The claimer's own, too, of a claim that it gave up: what it won below it, this node would fence.
    const ahead = [
      isClaiming ? { epoch: this.own.epochOf(key), owner: context.self } : undefined,
      promised,
      held?.role === 'backup' ? { epoch: held.epoch, owner: held.owner } : undefined,
    ].find((other) => other && compareLineages(other, lineage) > 0);
    if (ahead) return { kind: 'refused', by: ahead, owner: false };
    // Two lineages of one epoch have the same numbers, and a client that has seen 1.6 of the one is not
    // told that the other has not got as far (stumble, seed 49).
    if (held?.role === 'backup' && held.epoch === epoch && held.owner !== from) {
      return { kind: 'refused', by: { epoch, owner: held.owner }, owner: false };
    }
    context.promise(key, lineage);
    if (isClaiming) this.own.yieldTo(key);
    return this.#promiseWithCopy(key, have);
  }

  /**
   * Who may lead the record, was not asked because the claimer takes it for dead, and is heard here:
   * only the claimer has lost sight of it. A promise would make two nodes serve the session, each
   * taking it back from the other for as long as they do not hear each other (invariant I1).
   */
  #leaderNotGone({ key, have, gone }: Extract<Message, { kind: 'claim' }>): Lineage | undefined {
    const { context } = this;
    const held = context.records.get(key);
    const leaders = [have, held?.role === 'backup' ? held : undefined, context.promises.get(key)];
    const leader = leaders.find(
      (lineage) =>
        lineage !== undefined &&
        gone?.includes(lineage.owner) &&
        context.membership.members.get(lineage.owner)?.status === 'alive',
    );
    return leader && { epoch: leader.epoch, owner: leader.owner };
  }

  memberDied(incarnation: Incarnation): void {
    this.#doubted.memberDied(incarnation);
  }

  tick(): void {
    this.#doubted.tick();
  }

  #promiseWithCopy(
    key: string,
    have: (Lineage & { readonly seq: number }) | undefined,
  ): ClaimAnswer {
    const record = this.context.records.get(key);
    if (record?.role !== 'backup') return { kind: 'promised', holds: false };
    // An older copy of another lineage may have changes that no newer one has.
    const newer = !have || isNewer(record, have) || compareLineages(record, have) !== 0;
    return {
      kind: 'promised',
      holds: true,
      copy: newer ? copyOf(record, this.context.nowMs) : undefined,
    };
  }
}

/** Whether `left` is a later state of the record than `right`: by lineage, then by number. */
export function isNewer(
  left: Lineage & { readonly seq: number },
  right: Lineage & { readonly seq: number },
): boolean {
  return (compareLineages(left, right) || left.seq - right.seq) > 0;
}
