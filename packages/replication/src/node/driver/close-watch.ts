import type { Clock } from './clock.js';

/** How often a node that a request found gone is looked at, and how many times. */
const LOOK_MS = 5;
const LOOKS = 8;

/**
 * The bus notices some milliseconds later that a node is gone, and a probe from before that is lost
 * without a word: the next must not wait for the ordinary tick, as the request does.
 */
export class CloseWatch {
  #left = 0;

  constructor(
    private readonly clock: Clock,
    private readonly look: () => void,
  ) {}

  /** Without effect while it goes on. */
  begin(): void {
    if (this.#left > 0) return;
    this.#left = LOOKS;
    const stop = this.clock.every(LOOK_MS, () => {
      this.look();
      if (--this.#left <= 0) stop();
    });
  }
}
