// @ts-check
import { compareWithCart } from './ledger.mjs';
import { POSTS, QUANTITY_MAX } from './limits.mjs';
import { Person } from './person.mjs';
import { pick } from './random.mjs';

/**
 * @typedef {Readonly<Record<string, number>>} Cart  Quantity by article.
 *
 * @typedef {{ ok: true, cart: Cart, attempts: number, copies?: number | undefined }
 *   | { ok: false, unknown: boolean, reason: string, attempts: number }} Answer
 *   `copies`: nodes that have what was answered, besides the one that answered; undefined when that was
 *   not told. `unknown`: the change may have been stored. Otherwise it surely was not.
 *
 * @typedef {object} Shop  What a shopper needs of the shop, after every repetition.
 * @property {(sku: string, quantity: number) => Promise<Answer>} add
 * @property {() => Promise<Answer>} look
 * @property {() => string} [handle]  What the logs of the nodes call the session.
 * @property {() => Promise<readonly Cart[]>} readCarts  As everybody who can be asked shows it.
 *
 * @typedef {import('./ledger.mjs').Discrepancy} Discrepancy
 */

/**
 * @template {Shop} S
 * @typedef {object} ShopperSpec
 * @property {string} name
 * @property {() => S} enter  A new session, with a cookie jar of its own.
 * @property {readonly string[]} articles
 * @property {number} maxPerArticle  More than this of one article the shop refuses.
 * @property {() => number} random
 * @property {number} [posts]  Share of the calls that add something; the others look at the cart.
 * @property {number} pauseMaxMs  Between two calls: up to this long, evenly spread.
 * @property {import('./call-log.mjs').CallLog} log
 * @property {import('./weather.mjs').Weather} weather
 */

/**
 * Adds articles and looks at them until told to stop, and keeps account of what it was told. With the cart full it
 * comes back as a new visitor; what the earlier visits left behind must stay as it is.
 *
 * @template {Shop} S
 * @extends {Person<S>}
 */
export class Shopper extends Person {
  #spec;

  /** @param {ShopperSpec<S>} spec */
  constructor(spec) {
    super(spec);
    this.#spec = spec;
  }

  /** @override */
  async shopOnce() {
    const { posts = POSTS, random } = this.#spec;
    const visit = this.visits.current;
    const looks = visit !== undefined && posts < 1 && random() >= posts;
    await (looks ? this.#look(visit) : this.addOne());
  }

  /** @override */
  async addOne() {
    const quantity = 1 + Math.floor(this.#spec.random() * QUANTITY_MAX);
    const { shop, ledger, sku } = await this.#choose(quantity);
    const answer = await this.#call('POST', () => shop.add(sku, quantity));
    if (answer.ok) {
      ledger.acknowledge(sku, quantity);
      this.#expectNothingForgotten(ledger, answer.cart);
    } else if (answer.unknown) {
      ledger.leaveOpen(sku, quantity);
    }
  }

  /** @param {import('./visits.mjs').Visit<S>} visit */
  async #look({ shop, ledger }) {
    const answer = await this.#call('GET', () => shop.look());
    if (answer.ok) this.#expectNothingForgotten(ledger, answer.cart);
  }

  /**
   * @param {'GET' | 'POST'} method
   * @param {() => Promise<Answer>} send
   */
  async #call(method, send) {
    const { log, name, weather } = this.#spec;
    const metStorm = weather.observe();
    const startedAtMs = performance.now();
    const answer = await send();
    log.add({
      shopper: name,
      method,
      startedAtMs,
      durationMs: performance.now() - startedAtMs,
      attempts: answer.attempts,
      metFailover: metStorm(),
      failure: answer.ok ? null : answer.reason,
    });
    return answer;
  }

  /** @param {number} quantity */
  async #choose(quantity) {
    const { articles, maxPerArticle, random } = this.#spec;
    let visit = this.visits.current;
    const hasRoom = (/** @type {string} */ sku) =>
      visit !== undefined && visit.ledger.highest(sku) + quantity <= maxPerArticle;
    let possible = articles.filter(hasRoom);
    if (visit === undefined || possible.length === 0) {
      visit = await this.visits.begin();
      possible = [...articles];
    }
    return { ...visit, sku: pick(possible, random) };
  }

  /**
   * An answer that forgets what was acknowledged before is a fault even if the cart recovers.
   *
   * @param {import('./ledger.mjs').Ledger} ledger
   * @param {Cart} cart
   */
  #expectNothingForgotten(ledger, cart) {
    for (const { sku, acknowledged, present, lost } of compareWithCart(ledger, cart)) {
      if (lost === 0) continue;
      this.#spec.log.addStale(`${this.name} was shown ${present} of ${acknowledged} × ${sku}`);
    }
  }
}
