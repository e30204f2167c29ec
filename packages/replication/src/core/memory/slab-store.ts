import { InternalError } from '../../errors.js';
import { SlabClass } from './slab-class.js';
import {
  ARENA_BYTES,
  PAGES_PER_ARENA,
  SLOT_HEADER_BYTES,
  SlabArena,
  SlabPage,
} from './slab-page.js';

/** Names a value in a {@link SlabStore}; it stays the same wherever the value moves. Never 0. */
export type SlabId = number;

/** Sizes are rounded up to this, so that a value wastes half of it on average. */
const CLASS_BYTES = 64;
/** Values that need more than this get a buffer of their own. */
export const MAX_SLOT_BYTES = 8 * 1024;
/** A location is the number of a page and of a slot in it, in 32 bits; a page has up to 2048. */
const SLOT_BITS = 11;
const SLOT_MASK = 2 ** SLOT_BITS - 1;
const MAX_PAGES = 2 ** (32 - SLOT_BITS) - 1;
const IN_OWN_BUFFER = 0xffff_ffff;
/** A value in its own buffer gets this much more than it asked for when it grows. */
const GROWTH = 1.25;
/** Pages of one class looked at per compaction step. */
const COMPACTION_SCAN = 32;

export interface SlabUsage {
  readonly values: number;
  /** What was put in, and not freed. */
  readonly usedBytes: number;
  /** What that occupies: whole arenas, and the buffers of large values. */
  readonly reservedBytes: number;
}

/**
 * Encoded values outside the V8 heap: 4 MiB arenas, pages of one size class, 64-byte classes, a free
 * list per page. As many small buffers they would cost the collector a visit each, and keep pooled
 * memory alive that nobody uses; in slabs 200,000 values are a few hundred objects.
 *
 * Views are borrowed: they are valid until the next call that changes the store, because a value may
 * move or its place be given to another. Whatever leaves the caller's hands must be a copy.
 */
export class SlabStore {
  readonly #classes: SlabClass[] = [];
  readonly #pages: (SlabPage | undefined)[] = [];
  readonly #freePageNumbers: number[] = [];
  readonly #arenas: SlabArena[] = [];
  readonly #large = new Map<SlabId, { bytes: Uint8Array; length: number }>();
  #locations = new Uint32Array(1024);
  #lastId = 0;
  #firstFreeId = 0;
  #values = 0;
  #usedBytes = 0;
  #largeBytes = 0;
  #nextClass = 0;

  get usage(): SlabUsage {
    return {
      values: this.#values,
      usedBytes: this.#usedBytes,
      reservedBytes: this.#arenas.length * ARENA_BYTES + this.#largeBytes,
    };
  }

  /** Makes room for a value; the caller writes it through {@link view}. */
  allocate(length: number): SlabId {
    const id = this.#newId();
    this.#place(id, length);
    this.#values++;
    this.#usedBytes += length;
    return id;
  }

  put(bytes: Uint8Array): SlabId {
    const id = this.allocate(bytes.length);
    this.view(id).set(bytes);
    return id;
  }

  /** The value itself from a place on, borrowed. */
  view(id: SlabId, from = 0): Uint8Array {
    const large = this.#large.get(id);
    if (large) return large.bytes.subarray(from, large.length);
    const location = this.#locate(id);
    return this.#pageAt(location).view(location & SLOT_MASK, from);
  }

  lengthOf(id: SlabId): number {
    const large = this.#large.get(id);
    if (large) return large.length;
    const location = this.#locate(id);
    return this.#pageAt(location).lengthAt(location & SLOT_MASK);
  }

  /** Makes a value longer and returns the new part, borrowed, to be written. */
  extend(id: SlabId, by: number): Uint8Array {
    const before = this.lengthOf(id);
    const length = before + by;
    const large = this.#large.get(id);
    if (large) this.#growLarge(large, length);
    else {
      const location = this.#locate(id);
      const page = this.#pageAt(location);
      const slot = location & SLOT_MASK;
      if (SLOT_HEADER_BYTES + length <= page.slotBytes) page.setLength(slot, length);
      else this.#relocate(id, page, slot, length);
    }
    this.#usedBytes += by;
    return this.view(id, before);
  }

  free(id: SlabId): void {
    const large = this.#large.get(id);
    this.#usedBytes -= this.lengthOf(id);
    this.#values--;
    if (large) {
      this.#large.delete(id);
      this.#largeBytes -= large.bytes.length;
    } else {
      const location = this.#locate(id);
      this.#release(this.#pageAt(location), location & SLOT_MASK);
    }
    this.#locations[id] = this.#firstFreeId;
    this.#firstFreeId = id;
  }

  /**
   * One bounded piece of tidying, at most a page: values of a sparse page move to others of their
   * class, or a page moves out of the emptiest arena. False when there is nothing to do.
   */
  compactStep(): boolean {
    for (let count = 0; count < this.#classes.length; count++) {
      this.#nextClass = (this.#nextClass + 1) % this.#classes.length;
      const slabClass = this.#classes[this.#nextClass];
      const page = slabClass?.sparsest(COMPACTION_SCAN);
      if (!slabClass || !page) continue;
      this.#evacuate(slabClass, page);
      return true;
    }
    return this.#packArenas();
  }

  #newId(): SlabId {
    const free = this.#firstFreeId;
    if (free !== 0) {
      this.#firstFreeId = this.#locations[free] as number;
      return free;
    }
    this.#lastId++;
    if (this.#lastId >= this.#locations.length) {
      const larger = new Uint32Array(this.#locations.length * 2);
      larger.set(this.#locations);
      this.#locations = larger;
    }
    return this.#lastId;
  }

  #place(id: SlabId, length: number): void {
    const needed = SLOT_HEADER_BYTES + length;
    if (needed > MAX_SLOT_BYTES) {
      this.#locations[id] = IN_OWN_BUFFER;
      this.#large.set(id, { bytes: new Uint8Array(length), length });
      this.#largeBytes += length;
      return;
    }
    const slabClass = this.#classOf(Math.ceil(needed / CLASS_BYTES));
    const page = slabClass.pages.at(-1) ?? this.#newPage(slabClass);
    this.#locations[id] = page.number * (SLOT_MASK + 1) + slabClass.take(page, id, length);
  }

  #classOf(units: number): SlabClass {
    while (this.#classes.length < units) {
      this.#classes.push(new SlabClass((this.#classes.length + 1) * CLASS_BYTES));
    }
    return this.#classes[units - 1] as SlabClass;
  }

  #newPage(slabClass: SlabClass): SlabPage {
    let arena = this.#arenas.find(({ used }) => used < PAGES_PER_ARENA);
    if (!arena) {
      arena = new SlabArena();
      this.#arenas.push(arena);
    }
    const number = this.#freePageNumbers.pop() ?? this.#pages.length;
    if (number >= MAX_PAGES) throw new InternalError('the slabs are full');
    const page = new SlabPage(number, slabClass.slotBytes, arena, arena.freePlace());
    this.#pages[number] = page;
    slabClass.add(page);
    return page;
  }

  #release(page: SlabPage, slot: number): void {
    const slabClass = this.#classOf(page.slotBytes / CLASS_BYTES);
    slabClass.release(page, slot);
    if (page.used > 0) return;
    if (!page.closed) slabClass.remove(page);
    this.#pages[page.number] = undefined;
    this.#freePageNumbers.push(page.number);
    page.leave();
    if (page.arena.used === 0) this.#returnSpareArenas();
  }

  /** One empty arena stays, so that a value that comes and goes does not allocate 4 MiB each time. */
  #returnSpareArenas(): void {
    let spare = 0;
    for (let index = this.#arenas.length - 1; index >= 0; index--) {
      if (this.#arenas[index]?.used !== 0) continue;
      if (++spare > 1) this.#arenas.splice(index, 1);
    }
  }

  #relocate(id: SlabId, page: SlabPage, slot: number, length: number): void {
    // Read before the place is given up; nothing is written between, so the view stays good.
    const bytes = page.view(slot);
    this.#place(id, length);
    this.view(id).set(bytes);
    this.#release(page, slot);
  }

  #growLarge(large: { bytes: Uint8Array; length: number }, length: number): void {
    if (length > large.bytes.length) {
      const bytes = new Uint8Array(Math.ceil(length * GROWTH));
      bytes.set(large.bytes.subarray(0, large.length));
      this.#largeBytes += bytes.length - large.bytes.length;
      large.bytes = bytes;
    }
    large.length = length;
  }

  #evacuate(slabClass: SlabClass, page: SlabPage): void {
    // Or its values would move into itself.
    page.closed = true;
    slabClass.remove(page);
    for (let slot = 0; slot < page.slots && page.used > 0; slot++) {
      const id = page.idAt(slot);
      if (id !== 0) this.#relocate(id, page, slot, page.lengthAt(slot));
    }
  }

  /** Moves a page from the emptiest arena to another that has room, when a whole arena is spare. */
  #packArenas(): boolean {
    let emptiest: SlabArena | undefined;
    let freePages = 0;
    for (const arena of this.#arenas) {
      if (arena.used === 0) continue;
      freePages += PAGES_PER_ARENA - arena.used;
      if (!emptiest || arena.used < emptiest.used) emptiest = arena;
    }
    if (!emptiest || freePages < PAGES_PER_ARENA) return false;
    const target = this.#arenas.find(
      (arena) => arena !== emptiest && arena.used > 0 && arena.used < PAGES_PER_ARENA,
    );
    const page = emptiest.pages.find((candidate) => candidate !== undefined);
    if (!target || !page) return false;
    page.moveTo(target, target.freePlace());
    if (emptiest.used === 0) this.#returnSpareArenas();
    return true;
  }

  #locate(id: SlabId): number {
    const location = this.#locations[id] ?? 0;
    const page = this.#pages[location >>> SLOT_BITS];
    if (id === 0 || page?.idAt(location & SLOT_MASK) !== id) {
      throw new InternalError('a value was read after it was freed');
    }
    return location;
  }

  #pageAt(location: number): SlabPage {
    return this.#pages[location >>> SLOT_BITS] as SlabPage;
  }
}
