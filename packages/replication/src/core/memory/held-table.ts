import { InternalError } from '../../errors.js';
import type { Incarnation } from '../record/record.js';
import { countChanges, readChanges, tailBytesOf, writeChanges } from './copy-tail.js';
import { type HeldRecord, LooseRecord } from './held-record.js';
import { HeldRows, NAMES, NUMBERS } from './held-rows.js';
import { type Holders, HolderTable } from './holder-table.js';
import { type SlabId, SlabStore } from './slab-store.js';

const NOTHING: SlabId = 0;

/** All held copies of a node: numbers in columns, bytes in slabs, and no object per record. */
export class HeldTable {
  readonly slabs = new SlabStore();
  readonly rows = new HeldRows();
  readonly holders = new HolderTable();

  add(record: HeldRecord): number {
    const { rows, slabs } = this;
    const row = rows.add();
    rows.setNumber(row, NUMBERS.epoch, record.epoch);
    rows.setNumber(row, NUMBERS.seq, record.seq);
    rows.setNumber(row, NUMBERS.idleDeadlineMs, record.idleDeadlineMs);
    rows.setNumber(row, NUMBERS.absoluteDeadlineMs, record.absoluteDeadlineMs);
    rows.setName(row, NAMES.holders, this.holders.take(record));
    rows.setName(row, NAMES.base, slabs.put(record.base));
    rows.setName(row, NAMES.tail, this.#putTail(record.tail));
    return row;
  }

  remove(row: number): void {
    this.freeBytes(row);
    this.holders.release(this.rows.name(row, NAMES.holders));
    this.rows.remove(row);
  }

  at(row: number, key: string): HeldRecord {
    return new StoredRecord(this, row, this.rows.name(row, NAMES.generation), key);
  }

  slotOf(row: number): number {
    return this.rows.name(row, NAMES.expirySlot);
  }

  setSlot(row: number, slot: number): void {
    this.rows.setName(row, NAMES.expirySlot, slot);
  }

  freeBytes(row: number): void {
    this.slabs.free(this.rows.name(row, NAMES.base));
    const tail = this.rows.name(row, NAMES.tail);
    if (tail !== NOTHING) this.slabs.free(tail);
  }

  #putTail(changes: readonly Uint8Array[]): SlabId {
    if (changes.length === 0) return NOTHING;
    const id = this.slabs.allocate(tailBytesOf(changes));
    writeChanges(this.slabs.view(id), changes);
    return id;
  }
}

/** A window on one row. */
class StoredRecord implements HeldRecord {
  readonly role = 'backup';
  readonly #table: HeldTable;
  readonly #row: number;
  readonly #generation: number;

  constructor(
    table: HeldTable,
    row: number,
    generation: number,
    readonly key: string,
  ) {
    this.#table = table;
    this.#row = row;
    this.#generation = generation;
  }

  get epoch(): number {
    return this.#number(NUMBERS.epoch);
  }

  get seq(): number {
    return this.#number(NUMBERS.seq);
  }

  set seq(seq: number) {
    this.#setNumber(NUMBERS.seq, seq);
  }

  get owner(): Incarnation {
    return this.#holders.owner;
  }

  get backups(): readonly Incarnation[] {
    return this.#holders.backups;
  }

  get idleDeadlineMs(): number {
    return this.#number(NUMBERS.idleDeadlineMs);
  }

  set idleDeadlineMs(atMs: number) {
    this.#setNumber(NUMBERS.idleDeadlineMs, atMs);
  }

  get absoluteDeadlineMs(): number {
    return this.#number(NUMBERS.absoluteDeadlineMs);
  }

  get base(): Uint8Array {
    return this.#slabs.view(this.#name(NAMES.base)).slice();
  }

  get tail(): readonly Uint8Array[] {
    const tail = this.#name(NAMES.tail);
    return tail === NOTHING ? [] : readChanges(this.#slabs.view(tail));
  }

  get tailLength(): number {
    const tail = this.#name(NAMES.tail);
    return tail === NOTHING ? 0 : countChanges(this.#slabs.view(tail));
  }

  get tailBytes(): number {
    const tail = this.#name(NAMES.tail);
    return tail === NOTHING ? 0 : this.#slabs.lengthOf(tail);
  }

  get encodedBytes(): number {
    return this.#slabs.lengthOf(this.#name(NAMES.base)) + this.tailBytes;
  }

  append(change: Uint8Array): void {
    let tail = this.#name(NAMES.tail);
    if (tail === NOTHING) {
      tail = this.#slabs.allocate(0);
      this.#setName(NAMES.tail, tail);
    }
    writeChanges(this.#slabs.extend(tail, tailBytesOf([change])), [change]);
  }

  replaceBase(base: Uint8Array): void {
    const id = this.#slabs.put(base);
    this.#table.freeBytes(this.#checkedRow);
    this.#setName(NAMES.base, id);
    this.#setName(NAMES.tail, NOTHING);
  }

  detached(): HeldRecord {
    return new LooseRecord(this);
  }

  get #slabs(): SlabStore {
    return this.#table.slabs;
  }

  get #holders(): Holders {
    return this.#table.holders.at(this.#name(NAMES.holders));
  }

  /** A row that was given to another record must not be read as this one. */
  get #checkedRow(): number {
    if (this.#table.rows.name(this.#row, NAMES.generation) !== this.#generation) {
      throw new InternalError('a held copy was read after it was replaced');
    }
    return this.#row;
  }

  #number(column: number): number {
    return this.#table.rows.number(this.#checkedRow, column);
  }

  #setNumber(column: number, value: number): void {
    this.#table.rows.setNumber(this.#checkedRow, column, value);
  }

  #name(column: number): number {
    return this.#table.rows.name(this.#checkedRow, column);
  }

  #setName(column: number, value: number): void {
    this.#table.rows.setName(this.#checkedRow, column, value);
  }
}
