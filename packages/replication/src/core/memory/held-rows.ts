/** Rows are added this many at a time, so that growing never copies what is there. */
const CHUNK_BITS = 12;
const CHUNK_ROWS = 2 ** CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;

/** Numbers of a row that need 53 bits or a fraction. */
export const NUMBERS = { epoch: 0, seq: 1, idleDeadlineMs: 2, absoluteDeadlineMs: 3 } as const;
/** Names of things elsewhere, and how often the row was given away. */
export const NAMES = { base: 0, tail: 1, holders: 2, generation: 3, expirySlot: 4 } as const;
const NUMBERS_PER_ROW = 4;
const NAMES_PER_ROW = 5;
export const ROW_BYTES = 8 * NUMBERS_PER_ROW + 4 * NAMES_PER_ROW;

/**
 * The fixed part of held records as columns: 52 bytes a row, none of it visited by the collector.
 * As fields of an object each deadline alone would be an object of its own.
 */
export class HeldRows {
  readonly #numbers: Float64Array[] = [];
  readonly #names: Uint32Array[] = [];
  readonly #free: number[] = [];
  #rows = 0;

  add(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#rows === this.#numbers.length * CHUNK_ROWS) {
      this.#numbers.push(new Float64Array(CHUNK_ROWS * NUMBERS_PER_ROW));
      this.#names.push(new Uint32Array(CHUNK_ROWS * NAMES_PER_ROW));
    }
    return this.#rows++;
  }

  remove(row: number): void {
    this.setName(row, NAMES.generation, this.name(row, NAMES.generation) + 1);
    this.#free.push(row);
  }

  number(row: number, column: number): number {
    const chunk = this.#numbers[row >>> CHUNK_BITS] as Float64Array;
    return chunk[(row & CHUNK_MASK) * NUMBERS_PER_ROW + column] as number;
  }

  setNumber(row: number, column: number, value: number): void {
    const chunk = this.#numbers[row >>> CHUNK_BITS] as Float64Array;
    chunk[(row & CHUNK_MASK) * NUMBERS_PER_ROW + column] = value;
  }

  name(row: number, column: number): number {
    const chunk = this.#names[row >>> CHUNK_BITS] as Uint32Array;
    return chunk[(row & CHUNK_MASK) * NAMES_PER_ROW + column] as number;
  }

  setName(row: number, column: number, value: number): void {
    const chunk = this.#names[row >>> CHUNK_BITS] as Uint32Array;
    chunk[(row & CHUNK_MASK) * NAMES_PER_ROW + column] = value;
  }
}
