import type { CoreContext } from '../context.js';
import { heldFrom } from '../copies/copies.js';
import type { EncodedCopy } from '../messages.js';
import type { OwnedRecord } from '../record/record.js';
import { compareVersions, type Version } from '../record/version.js';
import type { TierFound } from './tier-port.js';
import type { TierWrites } from './tier-writes.js';

/**
 * The tier holds of an owned record what the record has not: another side wrote it, or a former owner
 * wrote more than its copies had. It is read and merged before anything replaces it (the failure
 * prevented: two sides that share nothing but the tier, the later of which writes an older copy over
 * what the other has answered for; simulation profile sides, seed 31).
 */
export class TierRivals {
  constructor(
    private readonly context: CoreContext,
    private readonly writes: TierWrites,
    private readonly read: (key: string, done: (found: TierFound) => void) => void,
    private readonly bury: (found: Extract<TierFound, { kind: 'buried' }>) => void,
  ) {}

  /** A write of `record` was refused for `version`, which the tier holds. */
  refused(record: OwnedRecord, version: Version): void {
    const { key } = record;
    this.writes.holdBack(key);
    this.read(key, (found) => {
      // Whoever leads it by now will meet the same.
      const isLed = this.context.records.get(key) === record;
      this.writes.goOn(key, isLed ? this.#meet(record, version, found) : undefined);
    });
  }

  /** The version in the tier that may be replaced; undefined when the next write is to meet it again. */
  #meet(record: OwnedRecord, refusedFor: Version, found: TierFound): Version | undefined {
    switch (found.kind) {
      case 'buried':
        this.bury(found);
        return undefined;
      case 'failed':
        return undefined;
      case 'none':
        // Expired by now, or nobody can read it.
        return this.#goPast(record, refusedFor, undefined);
      case 'copy':
        return this.#goPast(record, found.copy, found.copy);
    }
  }

  #goPast(
    record: OwnedRecord,
    { epoch, seq }: Version,
    copy: EncodedCopy | undefined,
  ): Version | undefined {
    const { claims, handoffs, orphans, owner, nowMs } = this.context;
    const { key } = record;
    // While it is given away nothing is changed; the new owner writes it.
    if (handoffs.isFrozen(key)) return undefined;
    if (copy) owner.keeper.unshared.keepUnstored(record);
    if (compareVersions({ epoch, seq }, record) >= 0) {
      // Whoever wrote it may lead: everyone is asked, and a living owner goes past that version.
      claims.start(key, epoch, () => {}, { stored: copy });
      return undefined;
    }
    const isMerged = copy === undefined || orphans.met(record, heldFrom(key, copy, nowMs));
    return isMerged ? { epoch, seq } : undefined;
  }
}
