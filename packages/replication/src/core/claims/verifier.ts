import type { CoreContext } from '../context.js';
import type { Located } from '../messages.js';
import {
  compareLineages,
  type Incarnation,
  type Lineage,
  type OwnedRecord,
} from '../record/record.js';
import { isUnverified } from './unverified.js';

/** See {@link Verifier.confirm}. */
export type Confirm = (record: OwnedRecord, done: () => void) => void;

interface Verification {
  readonly record: OwnedRecord;
  readonly request: number;
  readonly awaiting: Set<Incarnation>;
  readonly waiters: (() => void)[];
  readonly startedMs: number;
  sentMs: number;
}

/**
 * A node that was paused or cut off does not know whether it still owns what it owned: others may
 * have taken over meanwhile. Before such a record is served again, everyone live is asked once
 * (the failure prevented: a resumed owner that answers from yesterday's copy).
 */
export class Verifier {
  readonly #byKey = new Map<string, Verification>();
  readonly #byRequest = new Map<number, Verification>();

  constructor(
    private readonly context: CoreContext,
    private readonly demote: (record: OwnedRecord, to: Lineage) => void,
  ) {}

  needed(record: OwnedRecord): boolean {
    return isUnverified(this.context, record);
  }

  /**
   * Calls back, now or later, once nobody else turned out to lead this record; never when somebody
   * does, for then whoever waits asks again and finds who leads (the failure prevented: a change
   * from before a pause is acknowledged after it, when its other holder has died and the session goes
   * on elsewhere from an older copy; stumble, seed 108).
   */
  confirm(record: OwnedRecord, done: () => void): void {
    if (!this.needed(record)) {
      done();
      return;
    }
    this.verify(record, () => {
      if (this.context.records.get(record.key) === record) this.confirm(record, done);
    });
  }

  verify(record: OwnedRecord, done: () => void): void {
    const existing = this.#byKey.get(record.key);
    if (existing) {
      existing.waiters.push(done);
      return;
    }
    const { context } = this;
    const verification: Verification = {
      record,
      request: context.nextRequest(),
      awaiting: new Set([...context.membership.live()].map((member) => member.incarnation)),
      waiters: [done],
      startedMs: context.nowMs,
      sentMs: Number.NEGATIVE_INFINITY,
    };
    this.#byKey.set(record.key, verification);
    this.#byRequest.set(verification.request, verification);
    this.#ask(verification);
    if (verification.awaiting.size === 0) this.#settle(verification);
  }

  /** Returns whether the answer was for a verification. */
  located(request: number, from: Incarnation, found: Located): boolean {
    const verification = this.#byRequest.get(request);
    if (!verification) return false;
    verification.awaiting.delete(from);
    const own: Lineage = { epoch: verification.record.epoch, owner: this.context.self };
    const other = leadingLineage(from, found);
    if (found.role === 'buried') {
      this.context.bury(found.buried);
      this.#end(verification);
    } else if (!this.#isCurrent(verification)) {
      this.#end(verification);
    } else if (other && other.owner !== own.owner && compareLineages(other, own) > 0) {
      this.demote(verification.record, other);
      this.#end(verification);
    } else {
      if (found.role === 'owner' && other && compareLineages(other, own) < 0) {
        // Two lead it, and this lineage is the higher one: its copy deposes the other.
        this.context.owner.addHolder(verification.record.key, from);
        // The tier may have the other's changes under a number this lineage has not reached.
        this.context.tiering.changed(verification.record);
      }
      if (verification.awaiting.size === 0) this.#settle(verification);
    }
    return true;
  }

  memberDied(incarnation: Incarnation): void {
    for (const verification of [...this.#byKey.values()]) {
      if (!verification.awaiting.delete(incarnation)) continue;
      if (verification.awaiting.size === 0) this.#settle(verification);
    }
  }

  tick(): void {
    const { nowMs, settings, busConnected, awaitsBus } = this.context;
    if (!busConnected) {
      // Cut off for good, as it seems: there is nobody to ask.
      if (!awaitsBus) for (const verification of [...this.#byKey.values()]) this.#end(verification);
      return;
    }
    for (const verification of this.#byKey.values()) {
      if (nowMs - verification.sentMs > settings.timings.resendMs) this.#ask(verification);
    }
  }

  #ask(verification: Verification): void {
    if (!this.context.busConnected) return;
    verification.sentMs = this.context.nowMs;
    const { request, record } = verification;
    for (const member of verification.awaiting) {
      this.context.send(member, { kind: 'locate', request, key: record.key });
    }
  }

  /**
   * The record may have changed hands while everyone was asked: what is held now must not be
   * replaced by what was owned then.
   */
  #isCurrent({ record }: Verification): boolean {
    return this.context.records.get(record.key) === record;
  }

  #settle(verification: Verification): void {
    // What was asked before another pause proves nothing after it.
    verification.record.verifiedMs = verification.startedMs;
    this.#end(verification);
  }

  #end(verification: Verification): void {
    this.#byKey.delete(verification.record.key);
    this.#byRequest.delete(verification.request);
    for (const waiter of verification.waiters) waiter();
  }
}

function leadingLineage(from: Incarnation, found: Located): Lineage | undefined {
  switch (found.role) {
    case 'owner':
      return { epoch: found.version.epoch, owner: from };
    case 'claiming':
      return { epoch: found.epoch, owner: from };
    case 'backup': {
      const held: Lineage = { epoch: found.version.epoch, owner: found.owner };
      return found.promised && compareLineages(found.promised, held) > 0 ? found.promised : held;
    }
    case 'none':
      return found.promised;
    case 'buried':
      return undefined;
  }
}
