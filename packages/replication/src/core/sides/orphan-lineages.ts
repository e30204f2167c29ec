import { absorbOrphan, isAbsorbed } from '../claims/absorb-orphan.js';
import type { Verifier } from '../claims/verifier.js';
import type { CoreContext } from '../context.js';
import { copyOf } from '../copies/copies.js';
import { endedElsewhere } from '../endings/end-version.js';
import { LIMITS } from '../limits.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { BuriedKey, EncodedCopy, Message } from '../messages.js';
import { decodeCopy } from '../record/content.js';
import { leaderOf } from '../record/leader.js';
import { hasLineage, type Stamp } from '../record/lineage-past.js';
import type { Incarnation, OwnedRecord, SessionRecord } from '../record/record.js';
import { reportContent } from './superseded.js';

/** A copy or a record, by what is known to be in it. */
type Descendant = Stamp & { readonly contains?: readonly Stamp[] | undefined };

/** A lineage that lost its record to another one and may have changes that the other lacks. */
interface Orphan {
  readonly key: string;
  readonly stamp: Stamp;
  readonly copy: EncodedCopy;
  /** Who may lead the record, when nothing better is known. */
  to: Incarnation;
  /** The leader has said that it lacks something. */
  wanted: boolean;
  request: number;
  sentMs: number;
  offers: number;
}

/**
 * After a split brain both sides have changes that a client was answered for, and only one side
 * keeps the record. The bytes of the other are kept here until whoever leads the record has merged
 * them and has copies of the result. First only the stamp is offered: most displaced copies are
 * merely older.
 */
export class OrphanLineages {
  readonly #byRequest = new Map<number, Orphan>();
  readonly #byKey = new Map<string, Orphan[]>();
  #bytes = 0;

  constructor(
    private readonly context: CoreContext,
    private readonly verifier: Verifier,
  ) {}

  get size(): number {
    return this.#byRequest.size;
  }

  /** A record here makes room for a copy of another lineage, or is dropped for one led by `by`. */
  displaced(record: SessionRecord, by: Incarnation, other?: Descendant): void {
    const { context } = this;
    const stamp = this.#stampOf(record);
    if (other && hasLineage(other, { contains: other.contains ?? [] }, stamp)) return;
    const encoded =
      record.role === 'owner' ? context.owner.keeper.copyOf(record) : copyOf(record, context.nowMs);
    this.#add(record.key, stamp, encoded, by);
  }

  /** A copy of another lineage, found while this node took the record over. */
  absorb(record: OwnedRecord, rival: HeldRecord): void {
    const copy = copyOf(rival, this.context.nowMs);
    absorbOrphan(this.context, record, this.#stampOf(rival), copy);
  }

  /** What the tier holds of an owned record; false when it cannot be merged at this moment. */
  met(record: OwnedRecord, stored: HeldRecord): boolean {
    if (!this.#maySettle(record.key)) return false;
    this.absorb(record, stored);
    return true;
  }

  /** This node led the record and no longer does; whoever leads it now may lack something. */
  demoted(held: HeldRecord, to: Incarnation): void {
    if (to === this.context.self) return;
    this.#add(held.key, this.#stampOf(held), copyOf(held, this.context.nowMs), to);
  }

  /** A copy came with what it contains: of that nothing is an orphan any more. */
  stored(key: string, copy: EncodedCopy): void {
    for (const orphan of this.#of(key)) {
      if (hasLineage(copy, { contains: copy.contains ?? [] }, orphan.stamp)) this.#forget(orphan);
    }
  }

  /**
   * The record here ends by a decision of another lineage, which has not seen what was changed in this
   * one. Every node that holds it says so: whoever made the changes may be gone.
   */
  buried(record: SessionRecord | undefined, buried: BuriedKey): void {
    const { context } = this;
    const orphans = this.#of(buried.key);
    for (const orphan of orphans) {
      this.#forget(orphan);
      this.#report(orphan.key, orphan.copy);
    }
    if (!record || context.handoffs.isFrozen(buried.key)) return;
    const stamp = this.#stampOf(record);
    if (!endedElsewhere(record, stamp.owner, buried)) return;
    if (orphans.some((orphan) => hasLineage(orphan.stamp, undefined, stamp))) return;
    if (record.role === 'owner') reportContent(context, buried.key, record.content);
    else this.#report(buried.key, copyOf(record, context.nowMs));
  }

  tick(): void {
    const { nowMs, settings, busConnected } = this.context;
    if (!busConnected) return;
    let offered = 0;
    for (const orphan of this.#byRequest.values()) {
      if (offered >= LIMITS.orphansInFlight) return;
      if (nowMs - orphan.sentMs <= settings.timings.resendMs) continue;
      offered++;
      this.#offer(orphan);
    }
  }

  /** Somebody has a lineage of a record that this node may lead. */
  receive(from: Incarnation, message: Extract<Message, { kind: 'orphan' }>): void {
    const { context } = this;
    const { request, key, stamp, copy } = message;
    const tombstone = context.tombstone(key);
    if (tombstone) {
      const remainingMs = Math.max(0, tombstone.untilMs - context.nowMs);
      const buried = { key, version: tombstone.version, remainingMs };
      context.send(from, { kind: 'bury', request: context.nextRequest(), buried: [buried] });
      return;
    }
    const record = context.records.get(key);
    if (record?.role !== 'owner') {
      const owner = leaderOf(context, key);
      context.send(from, { kind: 'adopted', request, verdict: 'elsewhere', owner });
      return;
    }
    // Asked again later: by then it is clear who leads.
    if (!this.#maySettle(key)) return;
    if (!copy && !isAbsorbed(context, record, stamp)) {
      context.send(from, { kind: 'adopted', request, verdict: 'wanted' });
      return;
    }
    if (copy) absorbOrphan(context, record, stamp, copy);
    context.owner.keeper.awaitCopies(record, record.seq, 'backup', () =>
      context.send(from, { kind: 'adopted', request, verdict: 'merged' }),
    );
  }

  answered(from: Incarnation, message: Extract<Message, { kind: 'adopted' }>): void {
    const orphan = this.#byRequest.get(message.request);
    if (!orphan) return;
    switch (message.verdict) {
      case 'merged':
        this.#forget(orphan);
        return;
      case 'wanted':
        orphan.wanted = true;
        orphan.to = from;
        this.#offer(orphan);
        return;
      case 'elsewhere':
        if (message.owner) orphan.to = message.owner;
        return;
    }
  }

  #offer(orphan: Orphan): void {
    const { context } = this;
    const { key, stamp, copy, request } = orphan;
    orphan.sentMs = context.nowMs;
    const record = context.records.get(key);
    if (record?.role === 'owner') {
      if (!this.#maySettle(key)) return;
      absorbOrphan(context, record, stamp, copy);
      this.#forget(orphan);
      return;
    }
    if (++orphan.offers > LIMITS.orphanOffers) {
      this.#giveUp(orphan);
      return;
    }
    const leader = leaderOf(context, key);
    const to = [leader, orphan.to].find((node) => node && context.membership.isLive(node));
    if (!to) return;
    context.send(to, {
      kind: 'orphan',
      request,
      key,
      stamp,
      copy: orphan.wanted ? copy : undefined,
    });
  }

  /** Whether the owned record can take a commit now. */
  #maySettle(key: string): boolean {
    const { context, verifier } = this;
    const record = context.records.get(key);
    if (record?.role !== 'owner') return false;
    if (context.claims.isClaiming(key) || context.handoffs.isFrozen(key)) return false;
    if (!verifier.needed(record)) return true;
    verifier.verify(record, () => {});
    return false;
  }

  #add(key: string, stamp: Stamp, copy: EncodedCopy, to: Incarnation): void {
    const { context } = this;
    for (const orphan of this.#of(key)) {
      if (hasLineage(orphan.stamp, undefined, stamp)) return;
      if (hasLineage(stamp, undefined, orphan.stamp)) this.#forget(orphan);
    }
    const request = context.nextRequest();
    const sentMs = context.nowMs;
    const orphan = { key, stamp, copy, to, wanted: false, request, sentMs, offers: 0 };
    this.#byRequest.set(request, orphan);
    this.#byKey.set(key, [...this.#of(key), orphan]);
    this.#bytes += bytesOf(copy);
    while (this.#byRequest.size > LIMITS.orphanLineages || this.#bytes > LIMITS.orphanBytes) {
      const oldest = this.#byRequest.values().next().value;
      if (!oldest) return;
      this.#giveUp(oldest);
    }
  }

  #giveUp(orphan: Orphan): void {
    this.#forget(orphan);
    this.context.notice({ kind: 'limit', limit: 'orphanLineages' });
    this.#report(orphan.key, orphan.copy);
  }

  #report(key: string, copy: EncodedCopy): void {
    const { context } = this;
    try {
      const content = decodeCopy(context.codec, copy.base, copy.tail, context.nowMs, copy);
      reportContent(context, key, content);
    } catch {
      context.notice({ kind: 'unreadable', key });
    }
  }

  #of(key: string): readonly Orphan[] {
    return this.#byKey.get(key) ?? [];
  }

  #forget(orphan: Orphan): void {
    const { key, request, copy } = orphan;
    if (!this.#byRequest.delete(request)) return;
    this.#bytes -= bytesOf(copy);
    const left = this.#of(key).filter((other) => other !== orphan);
    if (left.length > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }

  #stampOf(record: SessionRecord): Stamp {
    const { epoch, seq } = record;
    return { epoch, seq, owner: record.role === 'owner' ? this.context.self : record.owner };
  }
}

function bytesOf({ base, tail }: EncodedCopy): number {
  return tail.reduce((bytes, { length }) => bytes + length, base.length);
}
