const SLOT_MS = 1000;
/** A little more than an hour ahead; what is due later is looked at once an hour. */
const SLOTS = 4096;

/**
 * A hashed wheel of 1 s slots that is lazy: it holds only keys, and the deadline stays with whatever
 * the key names. Moving a deadline back is a write there and costs nothing here; who is still not
 * due when its slot comes is filed again. That makes a touch as cheap as a number, where a timer for
 * each session costs 248 bytes and a search tree its place in it.
 *
 * A deadline that moves forward has to be filed again, and the former entry stays: `slot` tells the
 * visitor which of a key's entries it is looking at.
 */
export class TimingWheel {
  readonly #slots: (string[] | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #startMs: number;
  /** The slot that is being visited or comes next; everything before it is empty. */
  #cursor = 0;
  #size = 0;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
  }

  /** Entries, those included that nobody needs any more. */
  get size(): number {
    return this.#size;
  }

  /** The slot that such a deadline would be filed in now. */
  slotFor(deadlineMs: number): number {
    const due = Math.ceil((deadlineMs - this.#startMs) / SLOT_MS);
    // Never into the slot under the cursor: what cannot end now would be visited without end.
    return Math.max(this.#cursor + 1, Math.min(due, this.#cursor + SLOTS - 1));
  }

  /** Has a key visited when its deadline is past, never before; returns the number of its slot. */
  file(key: string, deadlineMs: number): number {
    const slot = this.slotFor(deadlineMs);
    const index = slot % SLOTS;
    const entries = this.#slots[index];
    if (entries) entries.push(key);
    else this.#slots[index] = [key];
    this.#size++;
    return slot;
  }

  /** Visits what is due, at most so many; the rest next time. Returns how many it visited. */
  advance(nowMs: number, maxVisits: number, visit: (key: string, slot: number) => void): number {
    const last = Math.floor((nowMs - this.#startMs) / SLOT_MS);
    let visits = 0;
    while (this.#cursor <= last) {
      const index = this.#cursor % SLOTS;
      const entries = this.#slots[index];
      for (; entries && entries.length > 0 && visits < maxVisits; visits++) {
        this.#size--;
        visit(entries.pop() as string, this.#cursor);
      }
      if (entries && entries.length > 0) return visits;
      this.#slots[index] = undefined;
      this.#cursor++;
    }
    return visits;
  }
}
