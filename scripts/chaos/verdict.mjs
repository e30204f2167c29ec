// @ts-check

/**
 * @typedef {object} Verdict
 * @property {number} acknowledged  Articles whose addition was answered with success.
 * @property {number} lost  Articles acknowledged and missing at the end.
 * @property {number} doubled  Articles in a cart beyond acknowledged and open ones.
 * @property {number} failed  Calls that ended with an error after every repetition.
 * @property {number} stale  Answers that showed less than had been acknowledged before.
 * @property {number} revived  Glimpses of a session that had ended.
 * @property {readonly string[]} faults  Whatever else must not happen, in words.
 */

/**
 * @param {Verdict} verdict
 * @returns {boolean}
 */
export function isClean({ acknowledged, lost, doubled, failed, stale, revived, faults }) {
  // A run in which nothing was acknowledged has shown nothing.
  return acknowledged > 0 && lost + doubled + failed + stale + revived + faults.length === 0;
}

/**
 * @param {Verdict} verdict
 * @returns {string} The last line of a run.
 */
export function verdictLine({ acknowledged, lost, doubled, failed }) {
  return `acknowledged ${acknowledged}, lost ${lost}, doubled ${doubled}, failed ${failed}`;
}
