// @ts-check
import { setMaxListeners } from 'node:events';
import { sleep } from '../cluster/wait-for.mjs';
import { ARRIVING_AT_ONCE, UNDISTURBED_MS } from './limits.mjs';
import { messageOf } from './message-of.mjs';

/**
 * @typedef {object} AnyShopper
 * @property {string} name
 * @property {number} acknowledged
 * @property {number} [revived]  Ended sessions that showed something.
 * @property {() => Promise<void>} addOne
 * @property {(end: AbortSignal) => Promise<void>} shop
 * @property {() => Promise<readonly import('./ledger.mjs').Discrepancy[]>} checkOut
 *
 * @typedef {object} ShoppingRun
 * @property {readonly AnyShopper[]} shoppers
 * @property {import('./call-log.mjs').CallLog} log
 * @property {() => Promise<readonly string[]>} disturb  Does its worst while everybody shops;
 *   resolves with the faults it saw.
 * @property {number} [undisturbedMs]  Before and after that.
 */

/**
 * Lets everybody shop while the cluster is disturbed, then checks every cart.
 *
 * @param {ShoppingRun} run
 * @returns {Promise<import('./verdict.mjs').Verdict>}
 */
export async function runShopping({ shoppers, log, disturb, undisturbedMs = UNDISTURBED_MS }) {
  for (let first = 0; first < shoppers.length; first += ARRIVING_AT_ONCE) {
    const arriving = shoppers.slice(first, first + ARRIVING_AT_ONCE);
    await Promise.all(arriving.map((shopper) => shopper.addOne()));
  }
  const closing = new AbortController();
  // Everybody listens for closing time; that is no leak.
  setMaxListeners(shoppers.length + 1, closing.signal);
  /** @type {string[]} */
  const faults = [];
  // One who cannot go on must not take the verdict on all others along.
  const shopping = Promise.all(
    shoppers.map((shopper) =>
      shopper.shop(closing.signal).catch((error) => {
        faults.push(`${shopper.name} could not go on: ${messageOf(error)}`);
      }),
    ),
  );
  try {
    await Promise.race([shopping, sleep(undisturbedMs)]);
    faults.push(...(await disturb()));
    await sleep(undisturbedMs);
  } catch (error) {
    // The carts are checked all the same: what was lost by then is what one wants to know.
    faults.push(messageOf(error));
  } finally {
    closing.abort();
    await shopping;
  }
  return judge(shoppers, log, faults);
}

/**
 * @param {readonly AnyShopper[]} shoppers
 * @param {import('./call-log.mjs').CallLog} log
 * @param {string[]} faults
 * @returns {Promise<import('./verdict.mjs').Verdict>}
 */
async function judge(shoppers, log, faults) {
  let [acknowledged, lost, doubled, revived] = [0, 0, 0, 0];
  for (const shopper of shoppers) {
    acknowledged += shopper.acknowledged;
    const discrepancies = await shopper.checkOut().catch((error) => {
      faults.push(`The cart of ${shopper.name} cannot be read: ${error.message}`);
      return [];
    });
    revived += shopper.revived ?? 0;
    for (const found of discrepancies) {
      lost += found.lost;
      doubled += found.doubled;
      const { sku, present, session } = found;
      const where = session === undefined ? '' : ` in session ${session}`;
      faults.push(`${shopper.name} has ${present} of ${found.acknowledged} × ${sku}${where}`);
    }
  }
  const { failed, stale } = log;
  return { acknowledged, lost, doubled, failed, stale, revived, faults };
}
