import type { ClaimDone } from '../claims/claim.js';
import type { CoreContext } from '../context.js';
import { endReasonOf } from '../endings/end-reasons.js';
import { LIMITS } from '../limits.js';
import type { EncodedCopy, Located } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import { type CallOutcome, type OwnerCall, TIER_SILENT } from './calls.js';
import { makesShared } from './first-ranked.js';
import { NOBODY, type PendingCall } from './pending-call.js';
import type { PendingCalls } from './pending-calls.js';
import { UNTOLD } from './refusals.js';

/** How long to leave a foreign claim in peace before asking again. */
const CLAIM_PATIENCE_MS = 15;

/** Where a call goes on once something is known of its record. */
export interface CallCourse {
  route(pending: PendingCall): void;
  sendTo(pending: PendingCall, target: Incarnation): void;
  finish(pending: PendingCall, result: CallOutcome): void;
}

/** Finds the record of a call that no hint leads to: everyone is asked, then the tier. */
export class CallSearch {
  constructor(
    private readonly context: CoreContext,
    private readonly pending: PendingCalls,
    private readonly course: CallCourse,
  ) {}

  located(request: number, from: Incarnation, found: Located): void {
    const pending = this.pending.ofRequest(request);
    if (!pending?.locating?.awaiting.delete(from)) return;
    pending.locating.answers.push(found);
    if (found.role === 'owner') this.#settle(pending, from);
    else if (pending.locating.awaiting.size === 0) this.#settle(pending, undefined);
  }

  /**
   * A node that comes back under a new name may be the one that has the record (the failure prevented:
   * everyone is asked but that one, and the session is called unknown).
   */
  met({ call, locating, request }: PendingCall, incarnation: Incarnation): void {
    if (!locating || request === undefined) return;
    locating.awaiting.add(incarnation);
    this.context.send(incarnation, { kind: 'locate', request, key: call.key });
  }

  /** Whether the call was waiting for that node's answer. */
  memberDied(pending: PendingCall, incarnation: Incarnation): boolean {
    if (!pending.locating?.awaiting.delete(incarnation)) return false;
    if (pending.locating.awaiting.size === 0) this.#settle(pending, undefined);
    return true;
  }

  everywhere(pending: PendingCall): void {
    const { context } = this;
    const awaiting = new Set([...context.membership.live()].map((member) => member.incarnation));
    this.pending.forgetRequest(pending);
    pending.locating = { awaiting, answers: [] };
    const request = context.nextRequest();
    pending.sentMs = context.nowMs;
    this.pending.asked(pending, request);
    for (const member of awaiting) {
      context.send(member, { kind: 'locate', request, key: pending.call.key });
    }
    if (awaiting.size === 0) this.#settle(pending, undefined);
  }

  #settle(pending: PendingCall, owner: Incarnation | undefined): void {
    const answers = pending.locating?.answers ?? [];
    this.pending.forgetRequest(pending);
    pending.locating = undefined;
    const buried = answers.find((answer) => answer.role === 'buried');
    if (buried?.role === 'buried') {
      this.context.bury(buried.buried);
      this.course.route(pending);
    } else if (owner) this.course.sendTo(pending, owner);
    else if (answers.some((answer) => answer.role === 'claiming')) {
      pending.retryMs = this.context.nowMs + CLAIM_PATIENCE_MS;
    } else if (this.context.records.get(pending.call.key)?.role === 'owner')
      this.course.route(pending);
    else if (
      this.context.records.has(pending.call.key) ||
      answers.some((answer) => answer.role === 'backup')
    ) {
      this.claim(pending);
    } else this.#nowhere(pending);
  }

  claim(pending: PendingCall, stored?: EncodedCopy): void {
    const { call } = pending;
    const { context } = this;
    pending.target = context.self;
    pending.sentMs = context.nowMs;
    const seen = call.kind === 'open' ? call.seen : undefined;
    const claimed: ClaimDone = (outcome) => {
      if (!pending.isUnderWay) return;
      if (outcome === 'none' && call.kind === 'enlist') this.#makeList(pending, call);
      else if (outcome === 'none') this.#nowhere(pending);
      else if (outcome === 'unanswered') this.course.finish(pending, TIER_SILENT);
      else if (outcome === 'elsewhere') {
        pending.tried = NOBODY;
        pending.target = undefined;
        pending.retryMs = context.nowMs + CLAIM_PATIENCE_MS;
      } else this.course.route(pending);
    };
    context.claims.start(call.key, seen?.epoch ?? 0, claimed, { stored, wanted: seen });
  }

  /**
   * Nobody in memory, so perhaps in the tier: after all nodes were down, or when memory was too
   * small. While it does not answer, nobody may call the session unknown.
   */
  #askTier(pending: PendingCall): void {
    const { context } = this;
    const { key } = pending.call;
    pending.target = context.self;
    pending.sentMs = context.nowMs;
    context.tiering.read(key, (found) => {
      if (!pending.isUnderWay || pending.target !== context.self) return;
      // It was given to this node meanwhile, or others have read it, too: whoever claims first leads.
      if (found.kind !== 'buried' && (context.records.has(key) || context.tombstone(key))) {
        this.course.route(pending);
        return;
      }
      switch (found.kind) {
        case 'none':
          pending.notInTier = true;
          this.#nowhere(pending);
          return;
        case 'failed':
          this.course.finish(pending, TIER_SILENT);
          return;
        case 'buried':
          context.bury(found.buried);
          this.course.route(pending);
          return;
        case 'copy':
          this.claim(pending, found.copy);
          return;
      }
    });
  }

  /** Every member has answered and nobody has it. */
  #nowhere(pending: PendingCall): void {
    const { call } = pending;
    if (makesShared(this.context, call)) {
      pending.target = this.context.self;
      const record = this.context.owner.createShared(call.key);
      this.context.owner.execute(record, call, pending);
    } else if (!this.context.busConnected && this.context.membership.members.size > 0) {
      this.course.finish(pending, { kind: 'refused', reason: 'the bus is not connected' });
    } else if (this.context.tiering.enabled && !pending.notInTier) {
      this.#askTier(pending);
    } else if (call.kind === 'enlist') this.claim(pending);
    else if (call.kind === 'consume' && call.scope === 'shared') {
      // Whoever ranks first makes it, and the nodes do not agree yet who that is (pause, seed 5023).
      pending.target = undefined;
      pending.retryMs = this.context.nowMs + CLAIM_PATIENCE_MS;
    } else if (call.kind === 'destroy') {
      const reason = endReasonOf(call.reason);
      const version = { epoch: 0, seq: 0 };
      const buried = { key: call.key, version, remainingMs: LIMITS.unknownTombstoneMs, reason };
      this.context.burials.bury([buried], (final) =>
        this.course.finish(pending, final ? { kind: 'done' } : UNTOLD),
      );
    } else if (this.#mayComeBack(pending)) {
      // The client was told that this node has it, and would lose a session that is only stuck.
      pending.target = undefined;
      pending.retryMs = this.context.nowMs + this.context.settings.timings.resendMs;
    } else this.course.finish(pending, { kind: 'unknown' });
  }

  #mayComeBack({ hints }: PendingCall): boolean {
    const { membership, nowMs } = this.context;
    return hints.some((label) => membership.mayReturn(label, nowMs));
  }

  /**
   * Everyone has promised not to follow anybody lower, so no two nodes begin a list at the same time
   * (the failure prevented: a limit that counts on two lists).
   */
  #makeList(pending: PendingCall, call: Extract<OwnerCall, { kind: 'enlist' }>): void {
    const { context } = this;
    const promised = context.promises.get(call.key);
    const record = context.records.get(call.key);
    if (promised?.owner === context.self && record?.role !== 'owner') {
      if (record) {
        this.course.finish(pending, {
          kind: 'refused',
          reason: 'the list of sessions is unreadable',
        });
        return;
      }
      context.owner.createPrincipal(call, promised.epoch);
    }
    this.course.route(pending);
  }
}
