import type { CommitId } from '../../core/record/applied-commits.js';

const FIRST_PLACES = 1024;

/**
 * The ids of this node's commits, and which of them are answered. Those between the watermark and
 * the last are flags in a ring: a set of them would be laid out anew every few thousand commits.
 */
export class CommitIds {
  /** 1 where a commit is under way, at its counter modulo the length, which is a power of two. */
  #underWay = new Uint8Array(FIRST_PLACES);
  #last = 0;
  /** No id below it is under way. */
  #watermark = 1;

  next(origin: string): CommitId {
    const counter = ++this.#last;
    if (counter - this.#watermark >= this.#underWay.length) this.#grow();
    this.#underWay[this.#placeOf(counter)] = 1;
    return { origin, counter, watermark: this.#watermark };
  }

  /** Nobody will repeat this commit any more. */
  answered({ counter }: CommitId): void {
    // Answered twice, its place may be that of another one by now.
    if (counter < this.#watermark) return;
    this.#underWay[this.#placeOf(counter)] = 0;
    while (this.#watermark <= this.#last && this.#underWay[this.#placeOf(this.#watermark)] === 0) {
      this.#watermark++;
    }
  }

  /** One that waits long, for a lock, holds the watermark; the ring spans all that came since. */
  #grow(): void {
    const larger = new Uint8Array(2 * this.#underWay.length);
    for (let counter = this.#watermark; counter < this.#last; counter++) {
      larger[counter & (larger.length - 1)] = this.#underWay[this.#placeOf(counter)] as number;
    }
    this.#underWay = larger;
  }

  /** Right for every safe integer: what a bit operation cuts off is a multiple of the length. */
  #placeOf(counter: number): number {
    return counter & (this.#underWay.length - 1);
  }
}
