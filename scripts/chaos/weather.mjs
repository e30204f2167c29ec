// @ts-check

/** Whether a node is down at the moment, and whether one was since some moment before. */
export class Weather {
  #storms = 0;
  #stormy = false;

  /** A node is about to end. */
  breaks() {
    this.#storms += 1;
    this.#stormy = true;
  }

  /** It is back, and all sessions have their copies. */
  clears() {
    this.#stormy = false;
  }

  /**
   * @returns {() => boolean} Asked at the end of a call: was it stormy at any time since now?
   */
  observe() {
    const before = this.#storms;
    const already = this.#stormy;
    return () => already || this.#storms > before;
  }
}
