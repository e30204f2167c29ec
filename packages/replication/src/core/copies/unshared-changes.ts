import { stampOf } from '../claims/absorb-orphan.js';
import type { CoreContext } from '../context.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { boundLog } from '../sides/bound-log.js';
import { forgetShared, noteChange, openLogBehind } from '../sides/change-log.js';
import type { SessionDocument } from '../values/values.js';
import { leastAcked } from './holder-health.js';

/**
 * Changes of an owned record that some copy of it lacks. Whoever holds that copy may go on from it on
 * another side: then they are kept one by one until both sides meet.
 */
export class UnsharedChanges {
  /** `sendCopy` sends holders the whole record, its log included. */
  constructor(
    private readonly context: CoreContext,
    private readonly sendCopy: (record: OwnedRecord, to: readonly Incarnation[]) => void,
  ) {}

  /** Notes what a change was made on, as long as some holder may go on without it. */
  note(record: OwnedRecord, before: SessionDocument, body: DeltaBody, encoded: Uint8Array): void {
    const { self, clock, nowMs, codec, busConnected } = this.context;
    noteChange(record, self, before, body, encoded);
    if (record.content.past?.log) {
      const own = stampOf(this.context, record);
      record.content = boundLog(record.content, own, clock.read(nowMs), codec.decodeDelta);
    } else if (!busConnected && leastAcked(record) < record.seq) {
      // Anyone who holds a copy may take over meanwhile.
      this.#keepSince(record, leastAcked(record));
    }
  }

  /**
   * The record will be led by somebody else, who may have gone on from any of its copies: what some
   * holder lacks goes with the record (the failure prevented: a change that was answered, and is
   * neither merged nor reported).
   */
  keepForSuccessor(record: OwnedRecord): void {
    const acked = leastAcked(record);
    const newest = record.unshared.at(-1);
    // Who has not dropped its copy may go on from it whoever leads, and only this node knows.
    const isLacking = newest !== undefined && newest.seq > acked;
    if (isLacking || record.leaving) this.#keepSince(record, acked);
  }

  /** Another side went on from what the tier has of the record: what it lacks is kept likewise. */
  keepUnstored(record: OwnedRecord): void {
    this.#keepSince(record, record.storedSeq);
  }

  /** A holder that acknowledged this much is out of sight and may be well on another side. */
  keepUnseen(record: OwnedRecord, ackedSeq: number): void {
    this.#keepSince(record, ackedSeq);
    // With the next change, unless there are some already that the lost holder lacks.
    if (record.isLogUntold && record.seq > ackedSeq) this.tellLog(record);
  }

  /** The tier has everything up to a change. */
  stored(record: OwnedRecord, seq: number): void {
    record.storedSeq = Math.max(record.storedSeq, seq);
    forgetShared(record);
  }

  /**
   * The log has been opened since the holders got their copies: they get the next change with all of
   * it, or whoever takes over from them could not tell the changes of this side apart.
   */
  tellLog(record: OwnedRecord): void {
    record.isLogUntold = false;
    this.sendCopy(record, [...record.backups.keys()]);
  }

  #keepSince(record: OwnedRecord, ackedSeq: number): void {
    const { self, clock, nowMs, codec } = this.context;
    openLogBehind(record, self, ackedSeq, clock.read(nowMs), codec.encodeDelta);
  }
}
