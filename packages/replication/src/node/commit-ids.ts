import type { CommitId } from '../core/applied-commits.js';

/** The ids of this node's commits, and which of them are answered. */
export class CommitIds {
  readonly #underWay = new Set<number>();
  #last = 0;
  /** No id below it is under way. */
  #watermark = 1;

  next(origin: string): CommitId {
    const counter = ++this.#last;
    this.#underWay.add(counter);
    return { origin, counter, watermark: this.#watermark };
  }

  /** Nobody will repeat this commit any more. */
  answered({ counter }: CommitId): void {
    this.#underWay.delete(counter);
    // Counted up rather than read off the set: with thousands under way, its first entry lies behind
    // as many that are deleted.
    while (this.#watermark <= this.#last && !this.#underWay.has(this.#watermark)) this.#watermark++;
  }
}
