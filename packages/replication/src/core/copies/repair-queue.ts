/** With this many complete copies left or more there is no hurry. */
const CLASSES = 3;

interface Class {
  keys: string[];
  head: number;
}

/** Keys of records that need copies: those with the fewest left first, then in order of arrival. */
export class RepairQueue {
  readonly #classes: Class[] = Array.from({ length: CLASSES }, () => ({ keys: [], head: 0 }));
  /** The class each waits in; what a class lists beyond that was taken or moved. */
  readonly #classOf = new Map<string, number>();

  get size(): number {
    return this.#classOf.size;
  }

  has(key: string): boolean {
    return this.#classOf.has(key);
  }

  /** A record that lost another copy meanwhile moves forward; never back. */
  add(key: string, copies: number): void {
    const rank = Math.min(copies, CLASSES - 1);
    const present = this.#classOf.get(key);
    if (present !== undefined && present <= rank) return;
    this.#classOf.set(key, rank);
    (this.#classes[rank] as Class).keys.push(key);
  }

  delete(key: string): void {
    this.#classOf.delete(key);
  }

  take(): { readonly key: string; readonly copies: number } | undefined {
    for (const [rank, waiting] of this.#classes.entries()) {
      while (waiting.head < waiting.keys.length) {
        const key = waiting.keys[waiting.head++] as string;
        if (this.#classOf.get(key) !== rank) continue;
        this.#classOf.delete(key);
        return { key, copies: rank };
      }
      // Not by `shift()`, which moves everything behind it.
      waiting.keys = [];
      waiting.head = 0;
    }
    return undefined;
  }
}
