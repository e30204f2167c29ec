import { ROW_BYTES } from '../memory/held-rows.js';
import { HeldTable } from '../memory/held-table.js';
import { ENTRY_BYTES, ownedBytesOf } from '../memory/owned-bytes.js';
import type { SlabUsage } from '../memory/slab-store.js';
import type { OwnedRecord, SessionRecord } from './record.js';

/** What the parts of a node see of its records; only `CoreContext.setRecord` changes them. */
export interface RecordMap {
  readonly size: number;
  has(key: string): boolean;
  /** A held record is a window that is good until the record is replaced or removed. */
  get(key: string): SessionRecord | undefined;
  keys(): IterableIterator<string>;
  /** In the order in which they came; may be changed meanwhile, as a map may. */
  values(): IterableIterator<SessionRecord>;
}

/** The slot of what has no entry in the timing wheel. */
export const NOT_FILED = 0;

/** The records of a node: owned ones as objects, held ones as rows of a {@link HeldTable}. */
export class RecordTable implements RecordMap {
  readonly #byKey = new Map<string, OwnedRecord | number>();
  readonly #held = new HeldTable();
  #owned = 0;
  #ownedBytes = 0;

  get size(): number {
    return this.#byKey.size;
  }

  get ownedCount(): number {
    return this.#owned;
  }

  /** What all records take: copies as they lie, owned ones as estimated. */
  get memoryBytes(): number {
    const held = this.#byKey.size - this.#owned;
    return this.#ownedBytes + this.#held.slabs.usage.usedBytes + held * (ROW_BYTES + ENTRY_BYTES);
  }

  get slabUsage(): SlabUsage {
    return this.#held.slabs.usage;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  get(key: string): SessionRecord | undefined {
    const entry = this.#byKey.get(key);
    return typeof entry === 'number' ? this.#held.at(entry, key) : entry;
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  *values(): IterableIterator<SessionRecord> {
    for (const [key, entry] of this.#byKey) {
      yield typeof entry === 'number' ? this.#held.at(entry, key) : entry;
    }
  }

  /** Frees what a held record occupied: here and nowhere else, so that nothing leaks. */
  set(key: string, record: SessionRecord | undefined): void {
    const before = this.#byKey.get(key);
    if (before === record) return;
    const slot = this.slotOf(key);
    // Added before the former one is freed: it may be a window on that.
    if (record) this.#byKey.set(key, record.role === 'owner' ? record : this.#held.add(record));
    else this.#byKey.delete(key);
    // The entry in the timing wheel is that of the key, whatever its role.
    if (record) this.setSlot(key, slot);
    if (record?.role === 'owner') {
      this.#owned++;
      // A successor was made of its predecessor, with what that counts for.
      record.accountedBytes = 0;
      this.account(record);
    }
    if (typeof before === 'number') this.#held.remove(before);
    else if (before) {
      this.#owned--;
      this.#ownedBytes -= before.accountedBytes;
    }
  }

  /** After the size of an owned record changed. */
  account(record: OwnedRecord): void {
    if (this.#byKey.get(record.key) !== record) return;
    const bytes = ownedBytesOf(record);
    this.#ownedBytes += bytes - record.accountedBytes;
    record.accountedBytes = bytes;
  }

  /** Where the entry of a key is in the timing wheel. */
  slotOf(key: string): number {
    const entry = this.#byKey.get(key);
    if (typeof entry === 'number') return this.#held.slotOf(entry);
    return entry?.expirySlot ?? NOT_FILED;
  }

  setSlot(key: string, slot: number): void {
    const entry = this.#byKey.get(key);
    if (typeof entry === 'number') this.#held.setSlot(entry, slot);
    else if (entry) entry.expirySlot = slot;
  }

  /** One bounded piece of tidying. */
  compactStep(): void {
    this.#held.slabs.compactStep();
  }
}
