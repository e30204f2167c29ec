import type { SlabPage } from './slab-page.js';

/** The pages of one size class that have room. Full pages are not listed: nothing is looked up there. */
export class SlabClass {
  readonly #rooms: SlabPage[] = [];
  freeSlots = 0;
  #scanned = 0;

  constructor(readonly slotBytes: number) {}

  get pages(): readonly SlabPage[] {
    return this.#rooms;
  }

  add(page: SlabPage): void {
    page.roomIndex = this.#rooms.length;
    this.#rooms.push(page);
    this.freeSlots += page.slots - page.used;
  }

  remove(page: SlabPage): void {
    this.freeSlots -= page.slots - page.used;
    this.#unlist(page);
  }

  take(page: SlabPage, id: number, length: number): number {
    const slot = page.take(id, length);
    this.freeSlots--;
    if (!page.hasRoom) this.#unlist(page);
    return slot;
  }

  release(page: SlabPage, slot: number): void {
    page.release(slot);
    if (page.closed) return;
    if (page.roomIndex === -1) this.add(page);
    else this.freeSlots++;
  }

  /**
   * A page that is at most half full and whose values fit into the others: the emptiest of the next
   * few that are looked at.
   */
  sparsest(lookAt: number): SlabPage | undefined {
    let best: SlabPage | undefined;
    for (let count = Math.min(lookAt, this.#rooms.length); count > 0; count--) {
      this.#scanned = (this.#scanned + 1) % this.#rooms.length;
      const page = this.#rooms[this.#scanned] as SlabPage;
      if (page.used * 2 > page.slots || (best && best.used <= page.used)) continue;
      if (this.freeSlots - (page.slots - page.used) >= page.used) best = page;
    }
    return best;
  }

  #unlist(page: SlabPage): void {
    const last = this.#rooms.pop() as SlabPage;
    if (last !== page) {
      this.#rooms[page.roomIndex] = last;
      last.roomIndex = page.roomIndex;
    }
    page.roomIndex = -1;
  }
}
