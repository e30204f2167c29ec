// @ts-check
import { sleep } from '../cluster/wait-for.mjs';
import { compareWithCart, Ledger } from './ledger.mjs';
import { PAUSE_MAX_MS, QUANTITY_MAX } from './limits.mjs';
import { pick } from './random.mjs';

/**
 * @typedef {Readonly<Record<string, number>>} Cart  Quantity by article.
 *
 * @typedef {{ ok: true, cart: Cart, attempts: number }
 *   | { ok: false, unknown: boolean, reason: string, attempts: number }} Answer
 *   `unknown`: the change may have been stored. Otherwise it surely was not.
 *
 * @typedef {object} Shop  What a shopper needs of the shop, after every repetition.
 * @property {(sku: string, quantity: number) => Promise<Answer>} add
 * @property {() => Promise<readonly Cart[]>} readCarts  As everybody who can be asked shows it.
 *
 * @typedef {object} ShopperSpec
 * @property {string} name
 * @property {Shop} shop  With a cookie jar of its own.
 * @property {readonly string[]} articles
 * @property {() => number} random
 * @property {import('./call-log.mjs').CallLog} log
 * @property {import('./weather.mjs').Weather} weather
 */

/** Adds articles until told to stop, and keeps account of what it was told. */
export class Shopper {
  #spec;
  ledger = new Ledger();

  /** @param {ShopperSpec} spec */
  constructor(spec) {
    this.#spec = spec;
  }

  get name() {
    return this.#spec.name;
  }

  /**
   * @param {AbortSignal} end  The call under way is finished.
   * @returns {Promise<void>}
   */
  async shop(end) {
    while (!end.aborted) {
      await this.addOne();
      await sleep(this.#spec.random() * PAUSE_MAX_MS, end);
    }
  }

  /** @returns {Promise<void>} */
  async addOne() {
    const { articles, log, name, random, shop, weather } = this.#spec;
    const sku = pick(articles, random);
    const quantity = 1 + Math.floor(random() * QUANTITY_MAX);
    const metStorm = weather.observe();
    const startedAtMs = performance.now();
    const answer = await shop.add(sku, quantity);
    log.add({
      shopper: name,
      startedAtMs,
      durationMs: performance.now() - startedAtMs,
      attempts: answer.attempts,
      metFailover: metStorm(),
      failure: answer.ok ? null : answer.reason,
    });
    if (answer.ok) {
      this.ledger.acknowledge(sku, quantity);
      this.#expectNothingLost(answer.cart);
    } else if (answer.unknown) {
      this.ledger.leaveOpen(sku, quantity);
    }
  }

  /**
   * @returns {Promise<import('./ledger.mjs').Discrepancy[]>} Of the cart that is furthest from the
   *   ledger, if they differ.
   */
  async checkOut() {
    const carts = await this.#spec.shop.readCarts();
    const found = carts.map((cart) => compareWithCart(this.ledger, cart));
    return found.reduce((worst, next) => (distance(next) > distance(worst) ? next : worst), []);
  }

  /**
   * An answer that forgets what was acknowledged before is a fault even if the cart recovers.
   *
   * @param {Cart} cart
   */
  #expectNothingLost(cart) {
    for (const { sku, acknowledged, present, lost } of compareWithCart(this.ledger, cart)) {
      if (lost === 0) continue;
      this.#spec.log.addStale(`${this.name} was shown ${present} of ${acknowledged} × ${sku}`);
    }
  }
}

/** @param {readonly import('./ledger.mjs').Discrepancy[]} found */
function distance(found) {
  return found.reduce((sum, { lost, doubled }) => sum + lost + doubled, 0);
}
