import { rank } from '../../placement/rank.js';
import { afterRequest, shouldFollow } from '../calls/affinity.js';
import type { CoreContext, PlacementNode } from '../context.js';
import { heldFrom } from '../copies/copies.js';
import { LIMITS } from '../limits.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { Message } from '../messages.js';
import type { Incarnation, Lineage, OwnedRecord } from '../record/record.js';
import { compareVersions } from '../record/version.js';

interface Handoff {
  readonly record: OwnedRecord;
  readonly target: Incarnation;
  readonly request: number;
  readonly queued: (() => void)[];
  /** The target has everything and was asked to take over. */
  granted: boolean;
  /** When the grant was sent; before that, when the target was chosen. */
  sentMs: number;
}

/** How many times as long as for an answer the owner waits until its target has everything. */
const PATIENCE = 4;

/**
 * A living owner gives a record away: it stops numbering, waits until the target has acknowledged
 * everything, and grants the next epoch. The grant is final; if its answer is lost the owner stays
 * frozen and asks again, and if the target dies it claims like anyone else.
 */
export class Handoffs {
  readonly #byKey = new Map<string, Handoff>();
  readonly #byRequest = new Map<number, Handoff>();
  /** Records whose target did not take them, and when to try again. */
  readonly #resting = new Map<string, number>();

  constructor(
    private readonly context: CoreContext,
    private readonly demote: (record: OwnedRecord, to: Lineage) => HeldRecord,
  ) {}

  get size(): number {
    return this.#byKey.size;
  }

  isFrozen(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Calls that arrive meanwhile go on at the new owner. */
  queue(key: string, resume: () => void): void {
    const handoff = this.#byKey.get(key);
    if (!handoff) resume();
    else if (handoff.queued.length < LIMITS.queuedCallsPerRecord) handoff.queued.push(resume);
  }

  /**
   * The requests of a record keep coming through another node: hand it there, so that they cost no
   * hop. Called once per request that opens it.
   */
  follow(record: OwnedRecord, by: Incarnation): void {
    const { nowMs, self, settings, owner } = this.context;
    // A handoff ends its locks: whoever holds one keeps it until it is done.
    if (owner.locks.areHeld(record)) return;
    record.affinity = afterRequest(record.affinity, by);
    const situation = {
      affinity: record.affinity,
      self,
      heldMs: nowMs - record.ownedSinceMs,
      enough: LIMITS.affinityRun,
      minHoldMs: settings.timings.minHoldMs,
    };
    if (!shouldFollow(situation) || this.#byKey.size >= LIMITS.handoffsInFlight) return;
    if (this.#takers().some((node) => node.incarnation === by)) this.start(record, by);
  }

  /** Starts giving a record away; false when nobody can take it. */
  start(record: OwnedRecord, preferred?: Incarnation): boolean {
    const { context } = this;
    if (this.#byKey.has(record.key) || this.#resting.has(record.key)) return true;
    const target = preferred ?? this.#chooseTarget(record);
    if (!target) return false;
    const handoff: Handoff = {
      record,
      target,
      request: context.nextRequest(),
      queued: [],
      granted: false,
      sentMs: context.nowMs,
    };
    this.#byKey.set(record.key, handoff);
    this.#byRequest.set(handoff.request, handoff);
    context.owner.keeper.expedite(record);
    if (!record.backups.has(target)) context.owner.placeAt(record, target);
    this.acknowledged(record.key);
    return true;
  }

  /** A backup acknowledged something of this record: the target may be complete now. */
  acknowledged(key: string): void {
    const handoff = this.#byKey.get(key);
    if (!handoff || handoff.granted) return;
    const progress = handoff.record.backups.get(handoff.target);
    if (!progress) this.#abandon(handoff);
    else if (progress.ackedSeq >= handoff.record.seq) this.#grant(handoff);
  }

  /** The other side: become owner if this node holds exactly what was granted. */
  receive(from: Incarnation, grant: Extract<Message, { kind: 'grant' }>): boolean {
    const { context } = this;
    const record = context.records.get(grant.key);
    if (record?.role === 'owner') return record.epoch === grant.epoch;
    if (record?.role !== 'backup' || context.state !== 'active') return false;
    if (record.owner !== from || compareVersions(record, grant.from) !== 0) return false;
    const promised = context.promises.get(grant.key);
    if (promised && promised.epoch >= grant.epoch) return false;
    const held = grant.copy ? heldFrom(grant.key, grant.copy, context.nowMs) : record;
    if (held.owner !== from || compareVersions(held, grant.from) !== 0) return false;
    held.idleDeadlineMs = context.nowMs + grant.idleRemainingMs;
    const holders = record.backups.filter((node) => node !== context.self);
    const adopted = context.owner.adopt(held, grant.epoch, holders, grant.isLogOpen);
    if (!adopted) return false;
    // It may have been under way while this node was paused or cut off, and others took over.
    if (context.nowMs - context.unverifiedSinceMs < LIMITS.lateMessageMs) {
      adopted.verifiedMs = Number.NEGATIVE_INFINITY;
    }
    context.owner.addHolder(grant.key, from);
    return true;
  }

  answered(request: number, from: Incarnation, accepted: boolean): void {
    const handoff = this.#byRequest.get(request);
    if (handoff?.target !== from) return;
    if (!accepted) {
      this.#claimBack(handoff);
      return;
    }
    const { record, target } = handoff;
    this.#forget(handoff);
    // Its first copy may have overtaken this answer on the other lane.
    if (this.context.records.get(record.key) === record) {
      this.demote(record, { epoch: record.epoch + 1, owner: target });
    }
    this.context.notice({
      kind: 'handoff',
      key: record.key,
      to: this.context.labelOf(target),
    });
    for (const resume of handoff.queued) resume();
  }

  memberDied(incarnation: Incarnation): void {
    for (const handoff of [...this.#byKey.values()]) {
      if (handoff.target !== incarnation) continue;
      if (!handoff.granted) {
        this.#abandon(handoff);
        continue;
      }
      this.#claimBack(handoff);
    }
  }

  tick(): void {
    const { nowMs, settings } = this.context;
    for (const [key, untilMs] of this.#resting) if (nowMs >= untilMs) this.#resting.delete(key);
    for (const handoff of [...this.#byKey.values()]) {
      if (this.#isOfFormer(handoff)) {
        this.#abandon(handoff);
        continue;
      }
      if (nowMs - handoff.sentMs <= settings.timings.resendMs) continue;
      if (handoff.granted) this.#grant(handoff);
      // A target that does not catch up must not keep requests waiting; perhaps another does.
      else if (nowMs - handoff.sentMs > PATIENCE * settings.timings.resendMs) {
        this.#rest(handoff.record.key);
        this.#abandon(handoff);
      }
    }
  }

  /**
   * With the changes that another side may lack: the target has them among the others, and could not
   * tell them apart when the sides meet and this node is gone (sides, seed 115).
   */
  #grant(handoff: Handoff): void {
    const { context } = this;
    const { record, request, target } = handoff;
    const { keeper } = context.owner;
    keeper.unshared.keepForSuccessor(record);
    const log = record.content.past?.log;
    const hasChanges = log && log.changes.length + log.forgotten.length > 0;
    handoff.granted = true;
    handoff.sentMs = context.nowMs;
    context.send(target, {
      kind: 'grant',
      request,
      key: record.key,
      epoch: record.epoch + 1,
      from: { epoch: record.epoch, seq: record.seq },
      idleRemainingMs: Math.max(0, record.idleDeadlineMs - context.nowMs),
      copy: hasChanges ? keeper.copyOf(record) : undefined,
      isLogOpen: log && !hasChanges ? true : undefined,
    });
  }

  /**
   * A grant was not taken, or nobody knows. It may have been used before and passed on, and its
   * answer lost; or the target has promised the record to somebody: everyone is asked.
   */
  #claimBack(handoff: Handoff): void {
    const { key, epoch } = handoff.record;
    this.#forget(handoff);
    this.#rest(key);
    this.context.claims.start(key, epoch + 1, () => {
      for (const resume of handoff.queued) resume();
    });
  }

  #rest(key: string): void {
    this.#resting.set(key, this.context.nowMs + this.context.settings.timings.resendMs);
  }

  /** It was taken over meanwhile, by this node under a new name perhaps, and is led anew here. */
  #isOfFormer({ record }: Handoff): boolean {
    const present = this.context.records.get(record.key);
    return present?.role === 'owner' && present !== record;
  }

  #abandon(handoff: Handoff): void {
    this.#forget(handoff);
    const present = this.context.records.get(handoff.record.key);
    // Nothing was dropped meanwhile, whatever was acknowledged (sides, seed 7076).
    if (present?.role === 'owner') this.context.owner.keeper.surplus.drop(present);
    for (const resume of handoff.queued) resume();
  }

  #forget(handoff: Handoff): void {
    this.#byKey.delete(handoff.record.key);
    this.#byRequest.delete(handoff.request);
  }

  #takers(): PlacementNode[] {
    return this.context.copyTargets().filter((node) => node.state === 'active');
  }

  #chooseTarget(record: OwnedRecord): Incarnation | undefined {
    const nodes = this.#takers();
    const holder = nodes.find((node) => record.backups.has(node.incarnation));
    return holder?.incarnation ?? rank(record.key, nodes)[0]?.incarnation;
  }
}
