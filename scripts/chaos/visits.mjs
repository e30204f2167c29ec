// @ts-check
import { compareWithCart, Ledger } from './ledger.mjs';
import { KEPT_VISITS } from './limits.mjs';

/**
 * @typedef {import('./ledger.mjs').Discrepancy} Discrepancy
 */

/**
 * @template {import('./shopper.mjs').Shop} S
 * @typedef {{ shop: S, ledger: Ledger }} Visit  One session, and what was told about it.
 */

/**
 * The sessions of one shopper, one after the other. What the earlier ones left behind must stay as it
 * is; only so many are still watched, the oldest is checked and let go.
 *
 * @template {import('./shopper.mjs').Shop} S
 */
export class Visits {
  #enter;
  /** @type {Visit<S>[]} */ #visits = [];
  /** @type {Discrepancy[]} */ #found = [];
  #forgottenAcknowledged = 0;

  /** @param {() => S} enter  A new session, with a cookie jar of its own. */
  constructor(enter) {
    this.#enter = enter;
  }

  /** @returns {Visit<S> | undefined} */
  get current() {
    return this.#visits.at(-1);
  }

  /** @returns {readonly S[]} The sessions that are still watched. */
  get sessions() {
    return this.#visits.map(({ shop }) => shop);
  }

  get acknowledged() {
    return this.#visits.reduce(
      (sum, { ledger }) => sum + ledger.acknowledged,
      this.#forgottenAcknowledged,
    );
  }

  /** @returns {Promise<Visit<S>>} */
  async begin() {
    const visit = { shop: this.#enter(), ledger: new Ledger() };
    this.#visits.push(visit);
    if (this.#visits.length > KEPT_VISITS) await this.#forget(this.#visits[0]);
    return visit;
  }

  /**
   * Its session ended on purpose: nothing of it may be left, so its cart is checked no more.
   *
   * @param {Visit<S>} visit
   */
  close(visit) {
    this.#visits = this.#visits.filter((other) => other !== visit);
    this.#forgottenAcknowledged += visit.ledger.acknowledged;
  }

  /** @returns {Promise<Discrepancy[]>} Of every cart, as it looks furthest from its ledger. */
  async checkOut() {
    for (const visit of this.#visits) this.#found.push(...(await checkCart(visit)));
    return this.#found;
  }

  /** @param {Visit<S> | undefined} visit */
  async #forget(visit) {
    if (visit === undefined) return;
    this.close(visit);
    this.#found.push(...(await checkCart(visit)));
  }
}

/**
 * @param {Visit<import('./shopper.mjs').Shop>} visit
 * @returns {Promise<Discrepancy[]>}
 */
async function checkCart({ shop, ledger }) {
  const carts = await shop.readCarts();
  const found = carts.map((cart) => compareWithCart(ledger, cart));
  const worst = found.reduce((one, next) => (distance(next) > distance(one) ? next : one), []);
  const session = shop.handle?.();
  return session === undefined ? worst : worst.map((discrepancy) => ({ ...discrepancy, session }));
}

/** @param {readonly Discrepancy[]} found */
function distance(found) {
  return found.reduce((sum, { lost, doubled }) => sum + lost + doubled, 0);
}
