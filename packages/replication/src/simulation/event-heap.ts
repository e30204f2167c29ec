interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly run: () => void;
}

/** What is to happen, by time; ties are broken by a number the caller draws. A binary heap. */
export class EventHeap {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(atMs: number, tie: number, run: () => void): void {
    const entries = this.#entries;
    const entry = { atMs, tie, run };
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, entries[parent] as Entry)) break;
      entries[index] = entries[parent] as Entry;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): Entry | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (!first || !last || entries.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (
        child + 1 < entries.length &&
        isBefore(entries[child + 1] as Entry, entries[child] as Entry)
      ) {
        child++;
      }
      if (!isBefore(entries[child] as Entry, last)) break;
      entries[index] = entries[child] as Entry;
      index = child;
    }
    entries[index] = last;
    return first;
  }

  peekMs(): number {
    return this.#entries[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.tie < right.tie);
}
