// @ts-check
import { LANDED_FROM } from './limits.mjs';
import { totalMs } from './roll.mjs';

/**
 * @typedef {object} Verdict
 * @property {number} acknowledged  Articles whose addition was answered with success.
 * @property {number} lost  Articles acknowledged and missing at the end.
 * @property {number} doubled  Articles in a cart beyond acknowledged and open ones.
 * @property {number} failed  Calls that ended with an error after every repetition.
 * @property {number} stale  Answers that showed less than had been acknowledged before.
 * @property {number} revived  Glimpses of a session that had ended.
 * @property {readonly string[]} faults  Whatever else must not happen, in words.
 * @property {Landed} [landed]  Absent when it is not judged.
 * @property {readonly import('./roll.mjs').Replacement[]} [replaced]  Of a rolling restart.
 *
 * @typedef {object} Landed  Where requests went whose session's owner had failed.
 * @property {number} holder  To a node that held the session.
 * @property {number} failovers  In all.
 * @property {number} wanted  Share that must have gone there.
 */

/**
 * @param {Verdict} verdict
 * @returns {boolean}
 */
export function isClean(verdict) {
  const { acknowledged, lost, doubled, failed, stale, revived, faults, landed } = verdict;
  const wrong = lost + doubled + failed + stale + revived + faults.length;
  // A run in which nothing was acknowledged has shown nothing.
  return acknowledged > 0 && wrong === 0 && (landed === undefined || landsWell(landed));
}

/**
 * @param {Verdict} verdict
 * @returns {string} The last line of a run.
 */
export function verdictLine({ acknowledged, lost, doubled, failed, landed, replaced }) {
  const figures = `acknowledged ${acknowledged}, lost ${lost}, doubled ${doubled}, failed ${failed}`;
  const seconds = (/** @type {number} */ ms) => `${(ms / 1_000).toFixed(1)} s`;
  const nodes = replaced?.map((node) => `${node.id} ${seconds(totalMs(node))}`).join(', ');
  return [
    figures,
    ...(landed === undefined ? [] : [describeLanded(landed)]),
    ...(nodes === undefined ? [] : [`replaced ${nodes || 'nobody'}`]),
  ].join('; ');
}

/** @param {Landed} landed */
function landsWell({ holder, failovers, wanted }) {
  return failovers < LANDED_FROM || holder >= wanted * failovers;
}

/** @param {Landed} landed */
function describeLanded(landed) {
  const { holder, failovers, wanted } = landed;
  const share = failovers === 0 ? '' : ` (${percent(holder / failovers)})`;
  const counted = `on a holder ${holder} of ${failovers} failovers${share}`;
  if (failovers < LANDED_FROM) return `${counted}, too few to judge`;
  return landsWell(landed) ? counted : `${counted}, fewer than ${percent(wanted)}`;
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(2)} %`;
}
