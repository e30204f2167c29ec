import { rank, ranksFirst } from '../placement/rank.js';
import { abridge } from './abridge.js';
import type { CallOutcome, CallResult, OwnerCall } from './calls.js';
import type { ClaimDone } from './claims.js';
import { type CoreContext, type Recipient, type Reply, replyOf } from './context.js';
import { endReasonOf } from './end-reasons.js';
import { isOrphan, leaderOf } from './leader.js';
import { LIMITS } from './limits.js';
import type { EncodedCopy, Located } from './messages.js';
import { type CallRouting, NOBODY, PendingCall } from './pending-call.js';
import { PendingCalls } from './pending-calls.js';
import type { Incarnation, Tombstone } from './record.js';
import { UNTOLD } from './refusals.js';
import { buriedOf, lostLogin } from './tombstones.js';
import type { Verifier } from './verifier.js';
import { compareVersions, type Version } from './version.js';

const TIER_SILENT: CallResult = { kind: 'refused', reason: 'the tier does not answer' };

/** How long to leave a foreign claim in peace before asking again. */
const CLAIM_PATIENCE_MS = 15;

/**
 * Brings each call to the owner of its record, wherever that is: here, at the node the last owner
 * named, at the one the cookie names, at the first-ranked; else everyone is asked, and if the owner
 * is gone this node claims the record. A repetition carries the same commit id, so being sent twice
 * never means being applied twice.
 */
export class Router implements CallRouting {
  readonly #pending = new PendingCalls();
  readonly #byRequest = new Map<number, PendingCall>();
  /** Where records were last found; a hint, bounded. */
  readonly #locations = new Map<string, Incarnation>();

  constructor(
    private readonly context: CoreContext,
    private readonly verifier: Verifier,
  ) {}

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
    this.#route(pending);
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
      this.#answerBuried(call, replyOf(recipient));
      return;
    }
    const record = context.records.get(call.key);
    if (record?.role === 'owner' || context.claims.isClaiming(call.key)) {
      this.#executeHere(call, recipient);
      this.#followRequests(call, from);
    } else if (call.kind === 'create' && !record) {
      context.owner.create(call, recipient);
    } else if (!record && (this.#makesShared(call) || this.#makesList(call))) {
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
    const pending = this.#answered(request, from);
    if (!pending) return;
    this.#remember(pending.call.key, from);
    this.finish(pending, result);
  }

  moved(request: number, from: Incarnation, owner: Incarnation | undefined): void {
    const pending = this.#answered(request, from);
    if (!pending) return;
    // Not executed there, unless an earlier copy was, by an owner that was deposed before it answered.
    if (pending.sends > 1) pending.uncertain = true;
    pending.sends = 0;
    pending.tried = new Set(pending.tried).add(from);
    this.#locations.delete(pending.call.key);
    pending.hops++;
    if (owner === this.context.self) owner = undefined;
    if (owner && this.context.membership.isLive(owner) && pending.hops < LIMITS.callHops) {
      this.#sendTo(pending, owner);
    } else this.#route(pending);
  }

  located(request: number, from: Incarnation, found: Located): void {
    if (this.verifier.located(request, from, found)) return;
    const pending = this.#byRequest.get(request);
    if (!pending?.locating?.awaiting.delete(from)) return;
    pending.locating.answers.push(found);
    if (found.role === 'owner') this.#settleLocation(pending, from);
    else if (pending.locating.awaiting.size === 0) this.#settleLocation(pending, undefined);
  }

  memberDied(incarnation: Incarnation): void {
    this.verifier.memberDied(incarnation);
    for (const pending of this.#pending.snapshot()) {
      if (pending.locating?.awaiting.delete(incarnation)) {
        if (pending.locating.awaiting.size === 0) this.#settleLocation(pending, undefined);
      } else if (pending.target === incarnation) {
        this.#forgetRequest(pending);
        pending.tried = new Set(pending.tried).add(incarnation);
        this.#route(pending);
      }
    }
  }

  busLost(): void {
    for (const pending of this.#pending.snapshot()) {
      const { target } = pending;
      if (!target || target === this.context.self) continue;
      if (this.#isCutOffFrom(pending)) this.#pointTo(pending, target);
    }
  }

  /** A record changed hands at this node: calls waiting for it are routed anew. */
  redispatch(key: string): void {
    for (const pending of this.#pending.snapshot()) {
      if (pending.call.key !== key || pending.target !== this.context.self) continue;
      // An end waits for its burial, which is what calls this.
      if (pending.call.kind === 'destroy' || pending.call.kind === 'rotate') continue;
      this.#route(pending);
    }
  }

  tick(): void {
    const { nowMs, settings } = this.context;
    for (const pending of this.#pending.snapshot()) {
      if (nowMs >= pending.deadlineMs) this.#expire(pending);
      else if (pending.retryMs !== undefined && nowMs >= pending.retryMs) {
        pending.retryMs = undefined;
        pending.tried = NOBODY;
        this.#route(pending);
      } else if (this.#isStuckHere(pending)) this.#route(pending);
      else if (nowMs - pending.sentMs > settings.timings.resendMs) this.#resend(pending);
    }
  }

  #route(pending: PendingCall): void {
    const { context } = this;
    const { call } = pending;
    if (!pending.isUnderWay) return;
    this.#giveUpTarget(pending);
    if (context.tombstone(call.key)) {
      pending.target = context.self;
      pending.sentMs = context.nowMs;
      this.#answerBuried(call, replyOf(pending));
      return;
    }
    const record = context.records.get(call.key);
    if (record?.role === 'owner' || context.claims.isClaiming(call.key)) {
      pending.target = context.self;
      pending.sentMs = context.nowMs;
      this.#executeHere(call, pending);
      this.#followRequests(call, context.self);
      return;
    }
    // With a copy here it was made before: a repetition goes to its owner like any other call.
    if (call.kind === 'create' && !record) {
      this.#routeCreate(pending, call);
      return;
    }
    const target = this.#likelyOwner(pending);
    if (target && this.#isCutOffFrom(pending)) this.#pointTo(pending, target);
    else if (target) this.#sendTo(pending, target);
    else if (isOrphan(context, call.key)) this.#claim(pending);
    else this.#locate(pending);
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
    } else this.#sendTo(pending, first.incarnation);
  }

  /** A request opens its record once. Shared limits have a place of their own and stay there. */
  #followRequests({ kind, key }: OwnerCall, by: Incarnation): void {
    const record = this.context.records.get(key);
    if (kind !== 'open' || record?.role !== 'owner') return;
    // A handoff ends its locks: whoever holds one keeps it until it is done.
    if (!this.context.owner.locks.areHeld(record)) this.context.handoffs.follow(record, by);
  }

  /** Executes here, now or as soon as the record is settled (claimed, handed over, verified). */
  #executeHere(call: OwnerCall, recipient: Recipient): void {
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
      } else if (call.kind === 'open' && call.seen && hasSeenMore(call.seen, record)) {
        this.#raise(call, call.seen, recipient);
      } else context.owner.execute(record, call, recipient);
    }
  }

  #again(call: OwnerCall, recipient: Recipient): void {
    if (recipient.isOver?.()) return;
    const record = this.context.records.get(call.key);
    if (this.context.tombstone(call.key)) this.#answerBuried(call, replyOf(recipient));
    else if (record?.role === 'owner') this.#executeHere(call, recipient);
    else recipient.redirect(leaderOf(this.context, call.key), record?.epoch ?? 0);
  }

  /** The client has seen more than the owner holds: confirm that nobody has it, then go past it. */
  #raise(call: Extract<OwnerCall, { kind: 'open' }>, seen: Version, recipient: Recipient): void {
    const { context } = this;
    const raised: ClaimDone = (outcome, found) => {
      const owned = context.records.get(call.key);
      // It may have been under way for another call, and not far enough for this one.
      if (outcome === 'unanswered') recipient.answer(TIER_SILENT);
      else if (outcome !== 'owned' || owned?.role !== 'owner' || hasSeenMore(seen, owned)) {
        this.#again(call, recipient);
      } else if (found && hasSeenMore(seen, found)) {
        context.notice({ kind: 'lost-revisions', key: call.key, seen, found });
        context.owner.execute(owned, call, {
          answer: (result) => recipient.answer(withLoss(result, found)),
          redirect: (owner, epoch) => recipient.redirect(owner, epoch),
          numbered: () => recipient.numbered(),
        });
      } else context.owner.execute(owned, call, recipient);
    };
    context.claims.start(call.key, seen.epoch, raised, { wanted: seen });
  }

  #likelyOwner(pending: PendingCall): Incarnation | undefined {
    const { context } = this;
    const { key } = pending.call;
    const record = context.records.get(key);
    const candidates: (Incarnation | undefined)[] = [
      leaderOf(context, key),
      this.#locations.get(key),
      ...pending.hints.map((label) => context.membership.byLabel(label)?.incarnation),
    ];
    if (!record) candidates.push(rank(key, context.placementMembers())[0]?.incarnation);
    // A holder whose owner died claims at once: the claim asks everyone, hints included.
    if (isOrphan(context, key)) return undefined;
    return candidates.find(
      (candidate) =>
        candidate !== undefined &&
        candidate !== context.self &&
        !pending.tried.has(candidate) &&
        context.membership.isLive(candidate),
    );
  }

  #sendTo(pending: PendingCall, target: Incarnation): void {
    const { context } = this;
    this.#forgetRequest(pending);
    this.#giveUpTarget(pending);
    pending.target = target;
    pending.request = context.nextRequest();
    pending.sentMs = context.nowMs;
    pending.sends = 1;
    this.#byRequest.set(pending.request, pending);
    context.send(target, { kind: 'call', request: pending.request, call: pending.call });
  }

  #locate(pending: PendingCall): void {
    const { context } = this;
    const awaiting = new Set([...context.membership.live()].map((member) => member.incarnation));
    this.#forgetRequest(pending);
    pending.locating = { awaiting, answers: [] };
    pending.request = context.nextRequest();
    pending.sentMs = context.nowMs;
    this.#byRequest.set(pending.request, pending);
    for (const member of awaiting) {
      context.send(member, { kind: 'locate', request: pending.request, key: pending.call.key });
    }
    if (awaiting.size === 0) this.#settleLocation(pending, undefined);
  }

  #settleLocation(pending: PendingCall, owner: Incarnation | undefined): void {
    const answers = pending.locating?.answers ?? [];
    this.#forgetRequest(pending);
    pending.locating = undefined;
    const buried = answers.find((answer) => answer.role === 'buried');
    if (buried?.role === 'buried') {
      this.context.bury(buried.buried);
      this.#route(pending);
    } else if (owner) this.#sendTo(pending, owner);
    else if (answers.some((answer) => answer.role === 'claiming')) {
      pending.retryMs = this.context.nowMs + CLAIM_PATIENCE_MS;
    } else if (this.context.records.get(pending.call.key)?.role === 'owner') this.#route(pending);
    else if (
      this.context.records.has(pending.call.key) ||
      answers.some((answer) => answer.role === 'backup')
    ) {
      this.#claim(pending);
    } else this.#nowhere(pending);
  }

  #claim(pending: PendingCall, stored?: EncodedCopy): void {
    const { call } = pending;
    const { context } = this;
    pending.target = context.self;
    pending.sentMs = context.nowMs;
    const seen = call.kind === 'open' ? call.seen : undefined;
    const claimed: ClaimDone = (outcome, found) => {
      if (!pending.isUnderWay) return;
      if (seen && found && hasSeenMore(seen, found)) {
        context.notice({ kind: 'lost-revisions', key: call.key, seen, found });
        pending.lost = found;
      }
      if (outcome === 'none' && call.kind === 'enlist') this.#makeList(pending, call);
      else if (outcome === 'none') this.#nowhere(pending);
      else if (outcome === 'unanswered') this.finish(pending, TIER_SILENT);
      else if (outcome === 'elsewhere') {
        pending.tried = NOBODY;
        pending.target = undefined;
        pending.retryMs = context.nowMs + CLAIM_PATIENCE_MS;
      } else this.#route(pending);
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
      switch (found.kind) {
        case 'none':
          pending.notInTier = true;
          this.#nowhere(pending);
          return;
        case 'failed':
          this.finish(pending, TIER_SILENT);
          return;
        case 'buried':
          context.bury(found.buried);
          this.#route(pending);
          return;
        case 'copy':
          // Others may have read it, too; whoever claims first leads.
          if (context.records.has(key) || context.tombstone(key)) this.#route(pending);
          else this.#claim(pending, found.copy);
          return;
      }
    });
  }

  /** Every member has answered and nobody has it. */
  #nowhere(pending: PendingCall): void {
    const { call } = pending;
    if (this.#makesShared(call)) {
      pending.target = this.context.self;
      const record = this.context.owner.createShared(call.key);
      this.context.owner.execute(record, call, pending);
    } else if (!this.context.busConnected && this.context.membership.members.size > 0) {
      this.finish(pending, { kind: 'refused', reason: 'the bus is not connected' });
    } else if (this.context.tiering.enabled && !pending.notInTier) {
      this.#askTier(pending);
    } else if (call.kind === 'enlist') this.#claim(pending);
    else if (call.kind === 'destroy') {
      const reason = endReasonOf(call.reason);
      const version = { epoch: 0, seq: 0 };
      const buried = { key: call.key, version, remainingMs: LIMITS.unknownTombstoneMs, reason };
      this.context.burials.bury([buried], (final) =>
        this.finish(pending, final ? { kind: 'done' } : UNTOLD),
      );
    } else this.finish(pending, { kind: 'unknown' });
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
        this.finish(pending, { kind: 'refused', reason: 'the list of sessions is unreadable' });
        return;
      }
      context.owner.createPrincipal(call, promised.epoch);
    }
    this.#route(pending);
  }

  /** Any node may; it is best done where everyone looks first. */
  #makesList(call: OwnerCall): boolean {
    const { settings } = this.context;
    if (call.kind !== 'enlist') return false;
    return ranksFirst(call.key, settings.id, this.context.placementMembers());
  }

  #makesShared(call: OwnerCall): boolean {
    return (
      call.kind === 'consume' &&
      call.scope === 'shared' &&
      ranksFirst(call.key, this.context.settings.id, this.context.placementMembers())
    );
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
    if (owner && owner !== self && membership.isLive(owner)) this.#sendTo(pending, owner);
    else this.#route(pending);
  }

  finish(pending: PendingCall, result: CallOutcome): void {
    if (!pending.isUnderWay) return;
    if (result.kind === 'destroyed' && this.#followAlias(pending, result)) return;
    this.#forgetRequest(pending);
    this.#pending.delete(pending);
    if (result.kind === 'refused' && pending.uncertain && isChange(pending.call)) {
      pending.reply({ kind: 'fate-unknown' });
    } else pending.reply(pending.lost ? withLoss(result, pending.lost) : result);
  }

  /** The id was rotated: the call goes on with the successor, once. */
  #followAlias(pending: PendingCall, result: Extract<CallResult, { kind: 'destroyed' }>): boolean {
    const { call } = pending;
    if (call.kind === 'rotate' && result.replay && result.replay !== call.to) {
      return this.#rotateAgain(pending, call, result.replay);
    }
    const repeatedRotation = call.kind === 'rotate' && pending.hops < LIMITS.callHops;
    const successor = repeatedRotation ? call.to : result.alias;
    if (successor === undefined || successor === call.key) return false;
    if (pending.hops >= LIMITS.callHops) return false;
    this.#forgetRequest(pending);
    pending.hops = LIMITS.callHops;
    pending.tried = NOBODY;
    pending.call =
      call.kind === 'rotate'
        ? {
            kind: 'commit',
            key: successor,
            id: call.id,
            base: call.base,
            operations: [],
            exact: false,
            durability: call.durability,
            ...(call.again && { again: true, journal: call.journal }),
          }
        : ({ ...call, key: successor } as OwnerCall);
    this.#route(pending);
    return true;
  }

  /** The id that a login gave never arrived: the session gets another, and that one is buried. */
  #rotateAgain(
    pending: PendingCall,
    call: Extract<OwnerCall, { kind: 'rotate' }>,
    from: string,
  ): boolean {
    if (pending.hops >= LIMITS.callHops) return false;
    this.#forgetRequest(pending);
    pending.hops++;
    pending.tried = NOBODY;
    pending.call = { ...call, key: from, operations: [], again: true };
    this.#route(pending);
    return true;
  }

  /** A second end or login waits for the same certainty as the first: everyone has the tombstone. */
  #answerBuried(call: OwnerCall, reply: Reply): void {
    const tombstone = this.context.tombstone(call.key);
    const { nowMs } = this.context;
    if (tombstone?.reason === 'rotated' && call.kind === 'rotate' && call.acrossLogin) {
      this.context.owner.rotations.whenDead(buriedOf(tombstone, nowMs), call.to, (final) =>
        reply(final ? this.#ended(call, tombstone) : { kind: 'fate-unknown' }),
      );
      return;
    }
    if (call.kind !== 'destroy' || !tombstone) {
      reply(this.#ended(call, tombstone));
      return;
    }
    // An id that still answers for its successor ends it, too.
    const andSuccessors = this.#aliasOf(call.key) !== undefined || tombstone.andSuccessors;
    const { key, version, remainingMs } = buriedOf(tombstone, nowMs);
    const reason = endReasonOf(call.reason);
    this.context.burials.bury([{ key, version, remainingMs, reason, andSuccessors }], (final) =>
      reply(final ? { kind: 'done' } : UNTOLD),
    );
  }

  #ended(call: OwnerCall, tombstone: Tombstone | undefined): CallResult {
    const { nowMs } = this.context;
    if (tombstone && call.kind === 'reserve') {
      const asked = { key: call.journalKey, fingerprint: call.fingerprint };
      if (lostLogin(tombstone, asked, nowMs)) return { kind: 'rotated' };
    }
    const isLogin = tombstone && call.kind === 'rotate' && call.acrossLogin;
    return {
      kind: 'destroyed',
      alias: this.#aliasOf(call.key),
      reason: tombstone?.reason,
      replay: isLogin ? lostLogin(tombstone, call.journal, nowMs) : undefined,
    };
  }

  #aliasOf(key: string): string | undefined {
    const alias = this.context.tombstone(key)?.alias;
    return alias && this.context.nowMs < alias.untilMs ? alias.key : undefined;
  }

  /** Only whoever was asked may answer: requests are small numbers, easily guessed. */
  #answered(request: number, from: Incarnation): PendingCall | undefined {
    const pending = this.#byRequest.get(request);
    if (pending?.target !== from) return undefined;
    this.#byRequest.delete(request);
    pending.request = undefined;
    return pending;
  }

  #forgetRequest(pending: PendingCall): void {
    if (pending.request !== undefined) this.#byRequest.delete(pending.request);
    pending.request = undefined;
  }

  #remember(key: string, owner: Incarnation): void {
    this.#locations.delete(key);
    this.#locations.set(key, owner);
    if (this.#locations.size > LIMITS.locations) {
      this.#locations.delete(this.#locations.keys().next().value as string);
    }
  }
}

/** What a client must not be told was not done when it may have been. */
function isChange({ kind }: OwnerCall): boolean {
  return kind === 'create' || kind === 'commit' || kind === 'rotate';
}

function hasSeenMore(seen: Version, holds: Version): boolean {
  return compareVersions(seen, holds) > 0;
}

function withLoss<Outcome extends CallOutcome>(result: Outcome, found: Version): Outcome {
  return result.kind === 'record' ? { ...result, lost: found } : result;
}
