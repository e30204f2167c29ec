// @ts-check
import { FREEZE_MAX_MS, FREEZE_MIN_MS } from './limits.mjs';

/**
 * How long something stands still or stays away: mostly short, now and then longer than the cluster
 * waits for it.
 *
 * @param {() => number} random
 * @returns {number}
 */
export function freezeMs(random) {
  return FREEZE_MIN_MS + random() ** 2 * (FREEZE_MAX_MS - FREEZE_MIN_MS);
}
