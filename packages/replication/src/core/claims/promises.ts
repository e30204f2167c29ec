import { LIMITS } from '../limits.js';
import { compareLineages, type Lineage } from '../record/record.js';

/** A promise outlives every message that could still carry a lower lineage. */
export const PROMISE_MS = 10 * 60_000;

interface PromisedLineage extends Lineage {
  readonly untilMs: number;
}

/**
 * The highest lineage this node promised per key. All promises last equally long, so the map in the
 * order of the latest promise is the order in which they end.
 */
export class Promises {
  readonly #byKey = new Map<string, PromisedLineage>();
  /** Kept between ticks: a new one would walk over all that was deleted before the first. */
  #oldest = this.#byKey.entries();
  #next: readonly [string, PromisedLineage] | undefined;

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): PromisedLineage | undefined {
    return this.#byKey.get(key);
  }

  /** To look at. */
  entries(): IterableIterator<[string, PromisedLineage]> {
    return this.#byKey.entries();
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  /** A lower lineage than what was promised is not a promise. */
  make(key: string, { epoch, owner }: Lineage, nowMs: number): void {
    const promised = this.#byKey.get(key);
    if (promised && compareLineages(promised, { epoch, owner }) > 0) return;
    this.#byKey.delete(key);
    this.#byKey.set(key, { epoch, owner, untilMs: nowMs + PROMISE_MS });
  }

  forgetOld(nowMs: number): void {
    for (let count = 0; count < LIMITS.expiryChecksPerTick; count++) {
      if (this.#byKey.size === 0) return;
      const next = this.#peek();
      if (!next) return;
      const [key, promised] = next;
      // Deleted or renewed since it was looked at: it is somewhere else in the order now.
      const isCurrent = this.#byKey.get(key) === promised;
      if (isCurrent && nowMs <= promised.untilMs) return;
      if (isCurrent) this.#byKey.delete(key);
      this.#next = undefined;
    }
  }

  #peek(): readonly [string, PromisedLineage] | undefined {
    if (this.#next) return this.#next;
    let found = this.#oldest.next();
    if (found.done) {
      // An iterator that came to the end stays there, whatever is added.
      this.#oldest = this.#byKey.entries();
      found = this.#oldest.next();
    }
    this.#next = found.done ? undefined : found.value;
    return this.#next;
  }
}
