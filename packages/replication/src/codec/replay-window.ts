/** How far frames of one channel may overtake each other: they travel on three connections. */
const WINDOW = 16_384;
const BITS = 32;

export type WindowVerdict = 'new' | 'seen' | 'too-old';

/** Which numbers of one channel have come, so that a frame that was recorded cannot come again. */
export class ReplayWindow {
  readonly #seen = new Uint32Array(WINDOW / BITS);
  #top = -1;

  accept(counter: number): WindowVerdict {
    if (counter > this.#top) {
      this.#advance(counter);
    } else if (this.#top - counter >= WINDOW) {
      return 'too-old';
    } else if (this.#has(counter)) {
      return 'seen';
    }
    this.#mark(counter);
    return 'new';
  }

  /** Numbers that leave the window make room for those that enter it. */
  #advance(counter: number): void {
    if (counter - this.#top >= WINDOW) this.#seen.fill(0);
    else for (let entering = this.#top + 1; entering <= counter; entering++) this.#clear(entering);
    this.#top = counter;
  }

  #has(counter: number): boolean {
    const place = counter % WINDOW;
    return ((this.#seen[place >>> 5] as number) & (1 << (place & 31))) !== 0;
  }

  #mark(counter: number): void {
    const place = counter % WINDOW;
    this.#seen[place >>> 5] = (this.#seen[place >>> 5] as number) | (1 << (place & 31));
  }

  #clear(counter: number): void {
    const place = counter % WINDOW;
    this.#seen[place >>> 5] = (this.#seen[place >>> 5] as number) & ~(1 << (place & 31));
  }
}
