import type { Incarnation, OwnedRecord } from '../record/record.js';

/**
 * Holders that were told to drop their copy and have not confirmed it. Who is heard and does not hear
 * keeps the copy, and goes on from it on another side as soon as it takes the owner for dead: what it
 * lacks is remembered like that of a backup until it confirms (the failure prevented: changes that were
 * answered for are neither merged nor reported; simulation profile partition, seed 624).
 */
export class LeavingHolders {
  /** By holder and key; as many as there are drops under way on the links. */
  readonly #told = new Map<Incarnation, Map<string, OwnedRecord>>();

  /** `lost` is told of each that did not confirm, with what it had acknowledged. */
  constructor(private readonly lost: (record: OwnedRecord, ackedSeq: number) => void) {}

  get size(): number {
    let size = 0;
    for (const records of this.#told.values()) size += records.size;
    return size;
  }

  /** It is told to drop its copy, of which it has acknowledged this much. */
  add(record: OwnedRecord, holder: Incarnation, ackedSeq: number): void {
    record.leaving ??= new Map();
    record.leaving.set(holder, ackedSeq);
    const told = this.#told.get(holder);
    if (told) told.set(record.key, record);
    else this.#told.set(holder, new Map([[record.key, record]]));
  }

  /** It is a holder again, and what it has acknowledged is noted as such. */
  stays(record: OwnedRecord, holder: Incarnation): void {
    if (!record.leaving?.delete(holder)) return;
    if (record.leaving.size === 0) record.leaving = undefined;
  }

  /** It has dropped its copy. */
  confirmed(holder: Incarnation, key: string): void {
    const told = this.#told.get(holder);
    const record = told?.get(key);
    if (!record) return;
    told?.delete(key);
    this.stays(record, holder);
  }

  /** It died, or its link starts anew: whether it has heard of it, nobody knows. */
  unheard(holder: Incarnation): void {
    const told = this.#told.get(holder);
    this.#told.delete(holder);
    for (const record of told?.values() ?? []) {
      const ackedSeq = record.leaving?.get(holder);
      if (ackedSeq === undefined) continue;
      this.stays(record, holder);
      this.lost(record, ackedSeq);
    }
  }

  forgetAll(): void {
    this.#told.clear();
  }
}
