// @ts-check
import { RESTART_DELAY_MAX_MS, RESTART_DELAY_MS } from './limits.mjs';

/**
 * @param {number} quickDeaths  How often in a row the process died soon after it was started.
 * @returns {number} Milliseconds before the next start: at once after the first death, doubling
 *   from then on, so that a shop that cannot start does not keep a core busy.
 */
export function restartDelayMs(quickDeaths) {
  const doublings = Math.max(0, quickDeaths - 1);
  return Math.min(RESTART_DELAY_MS * 2 ** Math.min(doublings, 30), RESTART_DELAY_MAX_MS);
}
