import { LIMITS } from '../limits.js';
import type { OwnedRecord, SessionRecord, Tombstone } from '../record/record.js';
import { NOT_FILED, type RecordTable } from '../record/record-table.js';
import { TimingWheel } from './timing-wheel.js';

/** What becomes of a record or tombstone whose deadline is past. */
export interface ExpiryActions {
  /** Ends an owned session, now or once it is certain that this node may. */
  expire(record: OwnedRecord): void;
  /** Forgets a copy that no owner ended. */
  collect(key: string): void;
  /** Forgets the tombstone if it is past its time; otherwise says until when it is kept. */
  forgetTombstone(key: string): Tombstone | undefined;
}

/**
 * Ends what is over, in time that does not depend on how much is kept. Only the owner of a session
 * ends it: a copy may not know of the last touches (the failure prevented: a backup that logs out
 * somebody who is clicking). A copy goes by itself only when no owner can be left.
 *
 * Each record has one entry in the wheel, at or before its deadline; a touch does not move it.
 */
export class Expiry {
  readonly #records: RecordTable;
  readonly #actions: ExpiryActions;
  readonly #recordWheel: TimingWheel;
  readonly #tombstoneWheel: TimingWheel;
  /** How long past its absolute deadline a copy may still be asked for. */
  readonly #garbageAfterMs: number;

  constructor(records: RecordTable, actions: ExpiryActions, nowMs: number, garbageAfterMs: number) {
    this.#records = records;
    this.#actions = actions;
    this.#recordWheel = new TimingWheel(nowMs);
    this.#tombstoneWheel = new TimingWheel(nowMs);
    this.#garbageAfterMs = garbageAfterMs;
  }

  /** Entries of both wheels, those included that nobody needs any more. */
  get entries(): number {
    return this.#recordWheel.size + this.#tombstoneWheel.size;
  }

  /** After every change of a role: an owner's deadline is sooner than that of the copy it was. */
  recordSet(record: SessionRecord): void {
    const filed = this.#records.slotOf(record.key);
    if (this.#isLate(filed, record)) this.#file(record);
  }

  /** After a deadline of an owned record was set to what may be sooner than before. */
  deadlineMoved(record: OwnedRecord): void {
    if (this.#isLate(record.expirySlot, record)) this.#file(record);
  }

  /** A tombstone that is kept longer later on is found again by itself. */
  buried(tombstone: Tombstone): void {
    this.#tombstoneWheel.file(tombstone.key, tombstone.untilMs);
  }

  /**
   * While the bus is away nobody could be told of an end: what is due waits for it. Returns how many
   * entries it looked at.
   */
  tick(nowMs: number, busConnected: boolean): number {
    const visits = this.#tombstoneWheel.advance(nowMs, LIMITS.expiryChecksPerTick, (key) => {
      const kept = this.#actions.forgetTombstone(key);
      if (kept) this.buried(kept);
    });
    if (!busConnected) return visits;
    const visit = (key: string, slot: number) => this.#visit(key, slot, nowMs);
    return visits + this.#recordWheel.advance(nowMs, LIMITS.expiryChecksPerTick, visit);
  }

  #visit(key: string, slot: number, nowMs: number): void {
    // Removed meanwhile, or filed again for a sooner deadline.
    if (this.#records.slotOf(key) !== slot) return;
    const due = this.#records.get(key) as SessionRecord;
    if (nowMs >= this.#deadlineOf(due)) {
      if (due.role === 'owner') this.#actions.expire(due);
      else this.#actions.collect(key);
    }
    // Not over yet, or it is being verified that this node may end it.
    const kept = this.#records.get(key);
    // After this instant: the wheel may be far behind it, and would come by again in each slot.
    if (kept && this.#records.slotOf(key) === slot) this.#file(kept, nowMs + 1);
  }

  #isLate(filed: number, record: SessionRecord): boolean {
    return filed === NOT_FILED || filed > this.#recordWheel.slotFor(this.#deadlineOf(record));
  }

  #file(record: SessionRecord, notBeforeMs = Number.NEGATIVE_INFINITY): void {
    const atMs = Math.max(this.#deadlineOf(record), notBeforeMs);
    const slot = this.#recordWheel.file(record.key, atMs);
    this.#records.setSlot(record.key, slot);
  }

  #deadlineOf(record: SessionRecord): number {
    const { absoluteDeadlineMs } = record;
    if (record.role === 'backup') return absoluteDeadlineMs + this.#garbageAfterMs;
    return Math.min(record.idleDeadlineMs, absoluteDeadlineMs);
  }
}
