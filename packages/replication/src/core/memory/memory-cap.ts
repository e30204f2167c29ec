import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import { type OwnedRecord, type SessionRecord, versionOf } from '../record/record.js';
import type { RecordTable } from '../record/record-table.js';
import type { Version } from '../record/version.js';

/** Where records are that may leave memory. */
export interface ColdCopies {
  /** Whether exactly this version would be found there. */
  isStored(key: string, version: Version): boolean;
  /** Asks for the present version to be stored. */
  request(record: OwnedRecord): void;
}

/** Records leave from here on, so that there is room before new sessions are refused. */
const EVICT_ABOVE = 0.9;
/** Not read anew from the store while a page is being used. */
const COLD_MS = 30_000;

/**
 * Keeps what a node holds below a bound. Near it, led records that a store has in their present
 * version leave memory, and so do their copies: of a sample the half that was not used for longest.
 * A copy never leaves by itself, for its owner counts on it and would send it again. What is stored
 * nowhere stays, and at the bound new sessions are refused: nothing is dropped in silence.
 */
export class MemoryCap {
  readonly #context: CoreContext;
  readonly #records: RecordTable;
  #walk: Iterator<SessionRecord> | undefined;

  constructor(context: CoreContext, records: RecordTable) {
    this.#context = context;
    this.#records = records;
  }

  /** No room for a new session. */
  get isFull(): boolean {
    const { maxMemoryBytes } = this.#context.settings;
    return maxMemoryBytes !== undefined && this.#records.memoryBytes >= maxMemoryBytes;
  }

  tick(): void {
    if (!this.#isAbove()) return;
    const coldest = this.#sample().sort((a, b) => a.usedMs - b.usedMs);
    for (const record of coldest.slice(0, Math.ceil(coldest.length / 2))) {
      if (!this.#isAbove()) return;
      this.#consider(record);
    }
  }

  #isAbove(): boolean {
    const { maxMemoryBytes } = this.#context.settings;
    return maxMemoryBytes !== undefined && this.#records.memoryBytes > maxMemoryBytes * EVICT_ABOVE;
  }

  /** The next so many of all records, as far as they may leave. */
  #sample(): OwnedRecord[] {
    this.#walk ??= this.#records.values();
    const sample: OwnedRecord[] = [];
    for (let looked = 0; looked < LIMITS.evictionSample; looked++) {
      const next = this.#walk.next();
      if (next.done) {
        this.#walk = undefined;
        break;
      }
      const record = next.value;
      if (record.role === 'owner' && this.#mayLeave(record)) sample.push(record);
    }
    return sample;
  }

  #mayLeave(record: OwnedRecord): boolean {
    const context = this.#context;
    if (record.content.kind === 'shared' || context.handoffs.isFrozen(record.key)) return false;
    if (record.waiters.length > 0 || record.reservations.size > 0) return false;
    return context.nowMs - record.usedMs >= COLD_MS;
  }

  #consider(record: OwnedRecord): void {
    const { settings, tiering } = this.#context;
    const cold: ColdCopies = settings.cold ?? tiering;
    const { key } = record;
    if (!cold.isStored(key, versionOf(record))) {
      cold.request(record);
      return;
    }
    this.#dropCopies(record);
    this.#context.setRecord(key, undefined);
    this.#context.notice({ kind: 'evicted', key });
  }

  /** Or they would be led by nobody, and fill the memory of others. */
  #dropCopies({ key, epoch, backups }: OwnedRecord): void {
    for (const holder of backups.keys()) {
      this.#context.replicator.enqueue(holder, { kind: 'drop', key, epoch });
    }
  }
}
