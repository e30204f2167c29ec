// @ts-check
import { messageOf } from './message-of.mjs';

/**
 * @typedef {object} Calm  How long it took, from the end of a node.
 * @property {number} completeMs  Until every node took requests.
 * @property {number} protectedMs  Until every session had its copies as well.
 *
 * @typedef {object} Mended
 * @property {() => Promise<void>} complete  Resolves when every node takes requests.
 * @property {() => Promise<void>} protected  Resolves when every session has its copies: one failure
 *   at a time is what is promised.
 */

/**
 * Another fault before the last one is mended would prove nothing, so a run ends when it is not.
 *
 * @param {{ target: Mended, now: () => number }} plan
 * @param {string[]} faults  Told why it did not happen.
 * @returns {Promise<Calm | null>} Null when it did not happen.
 */
export async function becomesCalm({ target, now }, faults) {
  const startedAtMs = now();
  try {
    await target.complete();
    const completeMs = now() - startedAtMs;
    await target.protected();
    return { completeMs, protectedMs: now() - startedAtMs };
  } catch (error) {
    faults.push(messageOf(error));
    return null;
  }
}

/** @param {Calm | null} calm */
export function describeCalm(calm) {
  if (calm === null) return 'and that was not mended';
  const { completeMs, protectedMs } = calm;
  return `all nodes after ${Math.round(completeMs)} ms, all copies after ${Math.round(protectedMs)} ms`;
}
