import { rank } from '../../placement/rank.js';
import type { Verifier } from '../claims/verifier.js';
import type { CoreContext, Recipient } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Located } from '../messages.js';
import { isOrphan, leaderOf } from '../record/leader.js';
import type { Incarnation } from '../record/record.js';
import { abridge } from './abridge.js';
import { BuriedCalls } from './buried-calls.js';
import { type CallCourse, CallSearch } from './call-search.js';
import type { CallOutcome, CallResult, OwnerCall } from './calls.js';
import { isFateUnknown } from './fate.js';
import { makesList, makesShared } from './first-ranked.js';
import { KnownOwners } from './known-owners.js';
import { likelyOwner } from './likely-owner.js';
import { LocalCalls } from './local-calls.js';
import { type CallRouting, NOBODY, PendingCall } from './pending-call.js';
import { PendingCalls } from './pending-calls.js';
import { isOfFormerId, rename } from './renamed-calls.js';

/**
 * Brings each call to the owner of its record, wherever that is: here, at the node the last owner
 * named, at the one the cookie names, at the first-ranked; else everyone is asked, and if the owner
 * is gone this node claims the record. A repetition carries the same commit id, so being sent twice
 * never means being applied twice.
 */
export class Router implements CallRouting, CallCourse {
  readonly #pending = new PendingCalls();
  readonly #known = new KnownOwners();
  readonly #buried: BuriedCalls;
  readonly #local: LocalCalls;
  readonly #search: CallSearch;

  constructor(
    private readonly context: CoreContext,
    private readonly verifier: Verifier,
  ) {
    this.#buried = new BuriedCalls(context);
    this.#local = new LocalCalls(context, verifier, this.#buried);
    this.#search = new CallSearch(context, this.#pending, this);
  }

  get size(): number {
    return this.#pending.size;
  }

  start(
    call: OwnerCall,
    hints: readonly string[],
    deadlineMs: number,
    reply: (outcome: CallOutcome) => void,
  ): void {
    if (this.#pending.size >= LIMITS.callsInFlight) {
      reply({ kind: 'refused', reason: 'too many calls under way' });
      return;
    }
    const pending = new PendingCall(this, call, reply, hints, deadlineMs);
    this.#pending.add(pending);
    this.route(pending);
  }

  /** A call from another node: executed if this node owns the record, else it is told who may. */
  receive(from: Incarnation, request: number, call: OwnerCall): void {
    const recipient: Recipient = {
      answer: (result) =>
        this.context.send(from, { kind: 'result', request, result: abridge(call, result) }),
      redirect: (owner, epoch) => this.context.send(from, { kind: 'moved', request, owner, epoch }),
      numbered: () => {},
    };
    const { context } = this;
    if (context.tombstone(call.key)) {
      this.#buried.answer(call, recipient);
      return;
    }
    const record = context.records.get(call.key);
    if (record?.role === 'owner' || context.claims.isClaiming(call.key)) {
      this.#local.run(call, recipient);
      this.#local.followRequests(call, from);
    } else if (call.kind === 'create' && !record) {
      context.owner.create(call, recipient);
    } else if (!record && (makesShared(context, call) || makesList(context, call))) {
      const deadlineMs = context.nowMs + context.settings.timings.deadAloneAfterMs;
      this.start(call, [], deadlineMs, (outcome) => {
        // Only a request that begins is sent elsewhere, and this is none.
        if (outcome.kind !== 'elsewhere') recipient.answer(outcome);
      });
    } else {
      const owner = leaderOf(context, call.key);
      const usable = owner !== undefined && context.membership.isLive(owner);
      recipient.redirect(usable ? owner : undefined, record?.epoch ?? 0);
    }
  }

  result(request: number, from: Incarnation, result: CallResult): void {
    const pending = this.#pending.answered(request, from);
    if (!pending) return;
    this.#known.remember(pending.call.key, from);
    this.finish(pending, result);
  }

  moved(request: number, from: Incarnation, owner: Incarnation | undefined): void {
    const pending = this.#pending.answered(request, from);
    if (!pending) return;
    // Not executed there, unless an earlier copy was, by an owner that was deposed before it answered.
    if (pending.sends > 1) pending.uncertain = true;
    pending.sends = 0;
    pending.tried = new Set(pending.tried).add(from);
    this.#known.forget(pending.call.key);
    pending.hops++;
    if (owner === this.context.self) owner = undefined;
    if (owner && this.context.membership.isLive(owner) && pending.hops < LIMITS.callHops) {
      this.sendTo(pending, owner);
    } else this.route(pending);
  }

  located(request: number, from: Incarnation, found: Located): void {
    if (this.verifier.located(request, from, found)) return;
    this.#search.located(request, from, found);
  }

  met(incarnation: Incarnation): void {
    for (const pending of this.#pending.snapshot()) this.#search.met(pending, incarnation);
  }

  memberDied(incarnation: Incarnation): void {
    this.verifier.memberDied(incarnation);
    for (const pending of this.#pending.snapshot()) {
      if (this.#search.memberDied(pending, incarnation)) continue;
      if (pending.target !== incarnation) continue;
      this.#pending.forgetRequest(pending);
      pending.tried = new Set(pending.tried).add(incarnation);
      this.route(pending);
    }
  }

  /** What waited here for a claim or the tier waits under the new name, or would for ever (skew, seed 2032). */
  reborn(former: Incarnation): void {
    for (const pending of this.#pending.snapshot()) {
      if (pending.target === former) pending.target = this.context.self;
    }
  }

  busLost(): void {
    for (const pending of this.#pending.snapshot()) {
      const { target } = pending;
      if (!target || target === this.context.self) continue;
      if (this.#isCutOffFrom(pending)) this.#pointTo(pending, target);
    }
  }

  /** A record changed hands at this node, or ended: calls waiting for it are routed anew. */
  redispatch(key: string): void {
    const isRotated = this.context.tombstone(key)?.reason === 'rotated';
    for (const pending of this.#pending.snapshot()) {
      if (pending.call.key !== key || pending.target !== this.context.self) continue;
      // An end waits for its burial, which is what calls this.
      if (pending.call.kind === 'destroy' || pending.call.kind === 'rotate') continue;
      // The successor has the change, and its copies are waited for.
      if (isRotated && pending.uncertain) continue;
      this.route(pending);
    }
  }

  tick(): void {
    const { nowMs, settings } = this.context;
    for (const pending of this.#pending.snapshot()) {
      if (nowMs >= pending.deadlineMs) this.#expire(pending);
      else if (pending.retryMs !== undefined && nowMs >= pending.retryMs) {
        pending.retryMs = undefined;
        pending.tried = NOBODY;
        this.route(pending);
      } else if (this.#isStuckHere(pending)) this.route(pending);
      else if (nowMs - pending.sentMs > settings.timings.resendMs) this.#resend(pending);
    }
  }

  route(pending: PendingCall): void {
    const { context } = this;
    const { call } = pending;
    if (!pending.isUnderWay) return;
    this.#giveUpTarget(pending);
    if (context.tombstone(call.key)) {
      pending.target = context.self;
      pending.sentMs = context.nowMs;
      this.#buried.answer(call, pending);
      return;
    }
    const record = context.records.get(call.key);
    if (record?.role === 'owner' || context.claims.isClaiming(call.key)) {
      pending.target = context.self;
      pending.sentMs = context.nowMs;
      this.#local.run(call, pending);
      this.#local.followRequests(call, context.self);
      return;
    }
    // With a copy here it was made before: a repetition goes to its owner like any other call.
    if (call.kind === 'create' && !record) {
      this.#routeCreate(pending, call);
      return;
    }
    const target = likelyOwner(context, pending, this.#known.get(call.key));
    if (target && this.#isCutOffFrom(pending)) this.#pointTo(pending, target);
    else if (target) this.sendTo(pending, target);
    else if (isOrphan(context, call.key)) this.#search.claim(pending);
    else this.#search.everywhere(pending);
  }

  /**
   * A request that only begins need not wait for the bus: its client can go to the owner itself,
   * which serves from memory. Not one that its client sent here because that owner is gone.
   */
  #isCutOffFrom({ call }: PendingCall): boolean {
    return call.kind === 'open' && !this.context.busConnected;
  }

  #pointTo(pending: PendingCall, target: Incarnation): void {
    this.finish(pending, { kind: 'elsewhere', owner: this.context.labelOf(target) });
  }

  /** Whoever had it and did not answer may have executed it. */
  #giveUpTarget(pending: PendingCall): void {
    if (pending.sends > 0) pending.uncertain = true;
    pending.sends = 0;
    pending.target = undefined;
  }

  #routeCreate(pending: PendingCall, call: Extract<OwnerCall, { kind: 'create' }>): void {
    const { context } = this;
    const first = rank(call.key, context.placementMembers())[0];
    if (context.state === 'active' || !first || first.incarnation === context.self) {
      pending.target = context.self;
      context.owner.create(call, pending);
    } else this.sendTo(pending, first.incarnation);
  }

  sendTo(pending: PendingCall, target: Incarnation): void {
    const { context } = this;
    this.#pending.forgetRequest(pending);
    this.#giveUpTarget(pending);
    pending.target = target;
    const request = context.nextRequest();
    pending.sentMs = context.nowMs;
    pending.sends = 1;
    this.#pending.asked(pending, request);
    context.send(target, { kind: 'call', request, call: pending.call });
  }

  #resend(pending: PendingCall): void {
    const { context } = this;
    if (pending.request === undefined) return;
    pending.sentMs = context.nowMs;
    if (pending.locating) {
      for (const member of pending.locating.awaiting) {
        const { key } = pending.call;
        context.send(member, { kind: 'locate', request: pending.request, key });
      }
    } else if (pending.target && pending.target !== context.self) {
      const { request, call } = pending;
      pending.sends++;
      context.send(pending.target, { kind: 'call', request, call });
    }
  }

  /** A call that waits here for something that was lost on the way runs again, under its id. */
  #isStuckHere(pending: PendingCall): boolean {
    const { nowMs, settings, self } = this.context;
    return pending.target === self && nowMs - pending.sentMs > 3 * settings.timings.resendMs;
  }

  #expire(pending: PendingCall): void {
    this.#giveUpTarget(pending);
    this.finish(pending, { kind: 'refused', reason: 'the owner did not answer in time' });
  }

  reroute(pending: PendingCall, owner: Incarnation | undefined): void {
    const { self, membership } = this.context;
    if (owner && owner !== self && membership.isLive(owner)) this.sendTo(pending, owner);
    else this.route(pending);
  }

  finish(pending: PendingCall, result: CallOutcome): void {
    if (!pending.isUnderWay) return;
    if (result.kind === 'destroyed' && isOfFormerId(pending, result)) return;
    if (result.kind === 'destroyed' && rename(pending, result)) {
      // Every sending of it is answered: that the next one is another's does not make it uncertain.
      if (pending.sends === 1 || result.untouched) pending.sends = 0;
      this.#pending.forgetRequest(pending);
      this.route(pending);
      return;
    }
    this.#pending.forgetRequest(pending);
    this.#pending.delete(pending);
    pending.reply(isFateUnknown(pending, result) ? { kind: 'fate-unknown' } : result);
  }
}
