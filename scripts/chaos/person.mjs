// @ts-check
import { sleep } from '../cluster/wait-for.mjs';
import { Visits } from './visits.mjs';

/**
 * Somebody who does one thing after another until told to stop.
 *
 * @template {import('./shopper.mjs').Shop} S
 */
export class Person {
  #random;
  #pauseMaxMs;

  /** @param {{ name: string, enter: () => S, random: () => number, pauseMaxMs: number }} spec */
  constructor({ name, enter, random, pauseMaxMs }) {
    this.name = name;
    /** @type {Visits<S>} */
    this.visits = new Visits(enter);
    this.#random = random;
    this.#pauseMaxMs = pauseMaxMs;
  }

  /** @returns {readonly S[]} The sessions that are still watched. */
  get sessions() {
    return this.visits.sessions;
  }

  get acknowledged() {
    return this.visits.acknowledged;
  }

  /**
   * @param {AbortSignal} end  The call under way is finished.
   * @returns {Promise<void>}
   */
  async shop(end) {
    while (!end.aborted) {
      await this.shopOnce();
      await sleep(this.#random() * this.#pauseMaxMs, end);
    }
  }

  /** @returns {Promise<void>} One thing. */
  shopOnce() {
    return this.addOne();
  }

  /** @returns {Promise<void>} One thing that leaves something in a cart. */
  async addOne() {
    throw new Error('everybody does something of their own');
  }

  /** @returns {Promise<import('./ledger.mjs').Discrepancy[]>} */
  checkOut() {
    return this.visits.checkOut();
  }
}
