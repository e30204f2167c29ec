import type { CoreContext } from '../context.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import { type HolderHealth, NOTHING_ACKED } from './holder-health.js';
import { LeavingHolders } from './leaving-holders.js';
import type { UnsharedChanges } from './unshared-changes.js';

/** Lets holders of a record go: once others have everything (make before break), or out of sight. */
export class SurplusCopies {
  readonly leaving: LeavingHolders;

  constructor(
    private readonly context: CoreContext,
    private readonly health: HolderHealth,
    private readonly unshared: UnsharedChanges,
  ) {
    this.leaving = new LeavingHolders((record, ackedSeq) => {
      if (context.records.get(record.key) === record) unshared.keepUnseen(record, ackedSeq);
    });
  }

  /** Whether a copy may be let go: another node has all that was answered for. */
  mayDrop(key: string): boolean {
    const record = this.context.records.get(key);
    if (record?.role !== 'owner' || this.context.settings.backups === 0) return true;
    const { membership } = this.context;
    return [...record.backups].some(
      ([holder, { ackedSeq }]) => ackedSeq >= record.answeredSeq && membership.isLive(holder),
    );
  }

  /** Holders that leave are let go once enough others have everything. */
  drop(record: OwnedRecord): void {
    const { backups } = this.context.settings;
    if (record.backups.size <= backups) return;
    // The node it is being handed to may be the surplus one.
    if (this.context.handoffs.isFrozen(record.key)) return;
    const complete = [...record.backups].filter(
      ([holder, progress]) => this.health.isHealthy(holder) && progress.ackedSeq >= record.seq,
    );
    if (complete.length < backups) return;
    const kept = new Set(complete.slice(0, backups).map(([node]) => node));
    for (const [holder, { ackedSeq }] of record.backups) {
      if (kept.has(holder)) continue;
      const { key, epoch } = record;
      const isTold = this.context.replicator.enqueue(holder, { kind: 'drop', key, epoch });
      if (isTold && this.health.isHealthy(holder)) {
        record.backups.delete(holder);
        this.leaving.add(record, holder, ackedSeq);
      } else this.loseSight(record, holder);
    }
  }

  /** A holder that may be well on another side: what it lacks is kept until both sides meet. */
  loseSight(record: OwnedRecord, holder: Incarnation): void {
    const ackedSeq = record.backups.get(holder)?.ackedSeq ?? NOTHING_ACKED;
    record.backups.delete(holder);
    this.unshared.keepUnseen(record, ackedSeq);
  }
}
