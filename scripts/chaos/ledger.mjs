// @ts-check

/**
 * What one shopper was told, per article: the sum of the additions that were acknowledged, and each
 * addition whose fate nobody could tell.
 */
export class Ledger {
  /** @type {Map<string, { acknowledged: number, unknown: number[] }>} */ #entries = new Map();

  /**
   * @param {string} sku
   * @param {number} quantity
   */
  acknowledge(sku, quantity) {
    this.#entry(sku).acknowledged += quantity;
  }

  /**
   * The call failed, and the change may or may not have been stored.
   *
   * @param {string} sku
   * @param {number} quantity
   */
  leaveOpen(sku, quantity) {
    this.#entry(sku).unknown.push(quantity);
  }

  /**
   * @param {string} sku
   * @returns {number} The most that can be in the cart: everything acknowledged or open.
   */
  highest(sku) {
    const { acknowledged, unknown } = this.#entry(sku);
    return unknown.reduce((sum, quantity) => sum + quantity, acknowledged);
  }

  /** @returns {number} Everything acknowledged, over all articles. */
  get acknowledged() {
    return this.entries.reduce((sum, [, entry]) => sum + entry.acknowledged, 0);
  }

  /** @returns {readonly [string, { acknowledged: number, unknown: readonly number[] }][]} */
  get entries() {
    return [...this.#entries];
  }

  /** @param {string} sku */
  #entry(sku) {
    let entry = this.#entries.get(sku);
    if (entry === undefined) {
      entry = { acknowledged: 0, unknown: [] };
      this.#entries.set(sku, entry);
    }
    return entry;
  }
}

/**
 * @typedef {object} Discrepancy
 * @property {string} sku
 * @property {number} acknowledged
 * @property {number} present
 * @property {number} lost  Acknowledged and not there.
 * @property {string} [session]  What the logs of the nodes call it.
 * @property {number} doubled  There, and neither acknowledged nor one of the open additions.
 */

/**
 * Compares a cart with its ledger, exactly for every article. What is there beyond the acknowledged
 * must be the sum of some of the open additions: each of them is in the cart once, or not at all.
 *
 * @param {Ledger} ledger
 * @param {Readonly<Record<string, number>>} cart  Quantity by article.
 * @returns {Discrepancy[]} Empty when all is accounted for.
 */
export function compareWithCart(ledger, cart) {
  const expected = new Map(ledger.entries);
  const articles = new Set([...expected.keys(), ...Object.keys(cart)]);
  return [...articles].flatMap((sku) => {
    const { acknowledged, unknown } = expected.get(sku) ?? { acknowledged: 0, unknown: [] };
    const present = Object.hasOwn(cart, sku) ? (cart[sku] ?? 0) : 0;
    const lost = Math.max(0, acknowledged - present);
    const surplus = Math.max(0, present - acknowledged);
    const doubled = surplus - largestSumWithin(unknown, surplus);
    return lost + doubled > 0 ? [{ sku, acknowledged, present, lost, doubled }] : [];
  });
}

/**
 * @param {readonly number[]} quantities
 * @param {number} limit
 * @returns {number} The largest sum of some of `quantities` that does not exceed `limit`.
 */
export function largestSumWithin(quantities, limit) {
  let reachable = new Set([0]);
  for (const quantity of quantities) {
    const sums = [...reachable, ...[...reachable].map((sum) => sum + quantity)];
    reachable = new Set(sums.filter((sum) => sum <= limit));
  }
  return Math.max(...reachable);
}
