import { InternalError } from '../../errors.js';

/** One allocation of memory outside the V8 heap, cut into pages. */
export const ARENA_BYTES = 4 * 1024 * 1024;
/** A page holds values of one size class, so that a freed place fits the next value exactly. */
export const PAGE_BYTES = 128 * 1024;
export const PAGES_PER_ARENA = ARENA_BYTES / PAGE_BYTES;
/** Before each value: the id of its owner and its length. */
export const SLOT_HEADER_BYTES = 8;
/** In place of an id: nobody owns this slot. Ids begin at 1, so untouched memory owns nothing. */
const FREE = 0;
const NONE = 0xffff_ffff;

export class SlabArena {
  readonly bytes = new Uint8Array(ARENA_BYTES);
  readonly words = new Uint32Array(this.bytes.buffer);
  readonly pages: (SlabPage | undefined)[] = new Array(PAGES_PER_ARENA).fill(undefined);
  used = 0;

  /** The first page nobody uses; -1 when there is none. */
  freePlace(): number {
    return this.used === PAGES_PER_ARENA ? -1 : this.pages.indexOf(undefined);
  }
}

/** Equal slots in a row. A free slot keeps the number of the next free one in its own memory. */
export class SlabPage {
  readonly slots: number;
  used = 0;
  /** Where this page stands in the list of pages of its class that have room; -1 when full. */
  roomIndex = -1;
  /** It is being emptied: no value goes there any more. */
  closed = false;
  #arena: SlabArena;
  #place: number;
  /** Slots from here on were never used. */
  #untouched = 0;
  #firstFree = NONE;

  constructor(
    readonly number: number,
    readonly slotBytes: number,
    arena: SlabArena,
    place: number,
  ) {
    this.slots = Math.floor(PAGE_BYTES / slotBytes);
    this.#arena = arena;
    this.#place = place;
    arena.pages[place] = this;
    arena.used++;
  }

  get arena(): SlabArena {
    return this.#arena;
  }

  get hasRoom(): boolean {
    return this.used < this.slots;
  }

  take(id: number, length: number): number {
    let slot = this.#firstFree;
    if (slot === NONE) slot = this.#untouched++;
    else this.#firstFree = this.#arena.words[this.#word(slot) + 1] as number;
    if (slot >= this.slots) throw new InternalError('a full slab page was written to');
    this.used++;
    const word = this.#word(slot);
    this.#arena.words[word] = id;
    this.#arena.words[word + 1] = length;
    return slot;
  }

  release(slot: number): void {
    const word = this.#word(slot);
    this.#arena.words[word] = FREE;
    this.#arena.words[word + 1] = this.#firstFree;
    this.#firstFree = slot;
    this.used--;
  }

  /** Whose value is there; 0 for nobody's. */
  idAt(slot: number): number {
    return slot < this.#untouched ? (this.#arena.words[this.#word(slot)] as number) : FREE;
  }

  lengthAt(slot: number): number {
    return this.#arena.words[this.#word(slot) + 1] as number;
  }

  setLength(slot: number, length: number): void {
    this.#arena.words[this.#word(slot) + 1] = length;
  }

  /** The value itself from a place on, not a copy. */
  view(slot: number, from = 0): Uint8Array {
    const begin = this.#word(slot) * 4 + SLOT_HEADER_BYTES;
    return this.#arena.bytes.subarray(begin + from, begin + this.lengthAt(slot));
  }

  /** Carries the whole page over; its slots keep their numbers. */
  moveTo(arena: SlabArena, place: number): void {
    const from = this.#place * PAGE_BYTES;
    const bytes = this.#arena.bytes.subarray(from, from + PAGE_BYTES);
    arena.bytes.set(bytes, place * PAGE_BYTES);
    this.leave();
    arena.pages[place] = this;
    arena.used++;
    this.#arena = arena;
    this.#place = place;
  }

  /** Gives the memory back to the arena. */
  leave(): void {
    this.#arena.pages[this.#place] = undefined;
    this.#arena.used--;
  }

  #word(slot: number): number {
    return (this.#place * PAGE_BYTES + slot * this.slotBytes) / 4;
  }
}
