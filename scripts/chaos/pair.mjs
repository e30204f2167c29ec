// @ts-check
import { PAIR_PAUSE_MAX_MS, PAIR_ROUNDS, QUANTITY_MAX } from './limits.mjs';
import { Person } from './person.mjs';
import { pick } from './random.mjs';

/**
 * @typedef {import('./shopper.mjs').Answer} Answer
 *
 * @typedef {import('./shopper.mjs').Shop & import('./all-protected.mjs').Guarded & {
 *   addAt: (nodeUrl: string, sku: string, quantity: number) => Promise<Answer>,
 * }} PairShop  `addAt` asks one node, past the balancer.
 *
 * @typedef {object} PairSpec
 * @property {string} name
 * @property {() => PairShop} enter
 * @property {() => readonly string[]} nodeUrls  The nodes that can be asked now.
 * @property {readonly string[]} articles
 * @property {() => number} random
 */

/**
 * One cart in two windows: both change it at the same moment, each at a node of its own, the same
 * article and different ones. Nobody repeats such a call on another node, so one that fails while a
 * node is down counts as open, never as a failure; what was acknowledged must be there.
 *
 * @extends {Person<PairShop>}
 */
export class Pair extends Person {
  #spec;
  #rounds = 0;
  /** Rounds in which two nodes took a change of the same cart. */
  together = 0;

  /** @param {PairSpec} spec */
  constructor(spec) {
    super({ ...spec, pauseMaxMs: PAIR_PAUSE_MAX_MS });
    this.#spec = spec;
  }

  /**
   * One round: the first of a visit makes the session, through the balancer.
   *
   * @override
   */
  async addOne() {
    const { articles, random } = this.#spec;
    const isFirst = this.#rounds++ % PAIR_ROUNDS === 0;
    const visit = isFirst ? await this.visits.begin() : this.visits.current;
    if (visit === undefined) return;
    if (isFirst) {
      await this.#note(visit, pick(articles, random), (sku, n) => visit.shop.add(sku, n));
      return;
    }
    const [left, right] = this.#twoNodes();
    if (left === undefined || right === undefined) return;
    const same = pick(articles, random);
    const calls = [
      [left, same],
      [right, same],
      [left, pick(articles, random)],
      [right, pick(articles, random)],
    ].map(async ([url = '', sku = '']) => {
      const answered = await this.#note(visit, sku, (...item) => visit.shop.addAt(url, ...item));
      return answered ? url : null;
    });
    const answered = new Set((await Promise.all(calls)).filter((url) => url !== null));
    if (answered.size === 2) this.together += 1;
  }

  #twoNodes() {
    const urls = [...this.#spec.nodeUrls()];
    const left = urls.splice(Math.floor(this.#spec.random() * urls.length), 1)[0];
    return [left, urls[Math.floor(this.#spec.random() * urls.length)]];
  }

  /**
   * @param {import('./visits.mjs').Visit<PairShop>} visit
   * @param {string} sku
   * @param {(sku: string, quantity: number) => Promise<Answer>} add
   * @returns {Promise<boolean>} Whether it was acknowledged.
   */
  async #note({ ledger }, sku, add) {
    const quantity = 1 + Math.floor(this.#spec.random() * QUANTITY_MAX);
    const answer = await add(sku, quantity);
    if (answer.ok) ledger.acknowledge(sku, quantity);
    else if (answer.unknown) ledger.leaveOpen(sku, quantity);
    return answer.ok;
  }
}
