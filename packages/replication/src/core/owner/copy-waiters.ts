import { isUnverified } from '../claims/unverified.js';
import type { Confirm } from '../claims/verifier.js';
import type { CoreContext } from '../context.js';
import { copiesOf, type HolderHealth } from '../copies/holder-health.js';
import { type CommitWaiter, NOBODY_WAITS, type OwnedRecord } from '../record/record.js';

/** The commits that wait until enough holders have acknowledged them. */
export class CopyWaiters {
  /** Records with commits that wait, so that a tick need not look at all. */
  readonly #records = new Set<OwnedRecord>();
  /**
   * Those since the last tick. Most are answered before the next: a set that each commit enters and leaves
   * is laid out anew all the time, and what it was before keeps their garbage alive.
   */
  #recent: OwnedRecord[] = [];
  /** Others are asked whether they lead it: once, however many acknowledgements come meanwhile. */
  readonly #inDoubt = new WeakSet<OwnedRecord>();

  constructor(
    private readonly context: CoreContext,
    private readonly health: HolderHealth,
    private readonly confirm: Confirm,
  ) {}

  /** Records with whom somebody waits; one that was replaced meanwhile is among them. */
  records(): Iterable<OwnedRecord> {
    for (const record of this.#recent) if (record.waiters.length > 0) this.#records.add(record);
    this.#recent = [];
    return this.#records;
  }

  add(record: OwnedRecord, waiter: CommitWaiter): void {
    if (record.waiters.length === 0) this.#recent.push(record);
    addWaiter(record, waiter);
  }

  /** Those that have waited this long, one by one; called every tick. */
  *longerThan(ms: number): Iterable<OwnedRecord> {
    const { nowMs, records } = this.context;
    for (const record of this.records()) {
      const first = record.waiters[0];
      if (!first || records.get(record.key) !== record) this.#records.delete(record);
      else if (nowMs - first.startedMs > ms) yield record;
    }
  }

  /** Answers whom the record's copies satisfy now. */
  settle(record: OwnedRecord): void {
    const waiting = record.waiters;
    if (waiting.length === 0) return;
    // Most looks find nothing: a list that stays as it is costs no new one.
    if (!waiting.some((waiter) => this.#satisfied(record, waiter))) return;
    if (isUnverified(this.context, record)) this.#confirmFirst(record);
    else this.#answer(record, waiting);
  }

  #confirmFirst(record: OwnedRecord): void {
    if (this.#inDoubt.has(record)) return;
    this.#inDoubt.add(record);
    this.confirm(record, () => {
      this.#inDoubt.delete(record);
      this.settle(record);
    });
  }

  #answer(record: OwnedRecord, waiting: readonly CommitWaiter[]): void {
    record.waiters = NOBODY_WAITS;
    for (const waiter of waiting) {
      if (this.#satisfied(record, waiter)) waiter.done(copiesOf(record, waiter.seq));
      else addWaiter(record, waiter);
    }
    if (record.waiters.length === 0) this.#records.delete(record);
  }

  #satisfied(record: OwnedRecord, { seq, durability }: CommitWaiter): boolean {
    if (!this.context.busConnected || record.backups.size === 0) return true;
    // Never fewer than one: when every backup stalls, all that are healthy are none.
    const enough = durability === 'all' ? Math.max(1, this.health.healthyCount(record)) : 1;
    return copiesOf(record, seq) >= Math.min(enough, record.backups.size);
  }
}

function addWaiter(record: OwnedRecord, waiter: CommitWaiter): void {
  record.waiters = record.waiters.length === 0 ? [waiter] : record.waiters.concat(waiter);
}
