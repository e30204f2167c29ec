// @ts-check
import { becomesCalm } from './calm.mjs';

/**
 * @typedef {import('./calm.mjs').Mended & {
 *   nodes: () => readonly string[],
 *   drain: (id: string) => Promise<void>,
 *   replace: (id: string) => Promise<string | null>,
 * }} RollTarget  The cluster, as far as somebody who deploys a new version needs it. `drain` resolves
 *   when the node leads no session any more; `replace` stops its process, lets the next one start and
 *   resolves with what was wrong with the end of the former, or null.
 *
 * @typedef {object} Replacement  One node of a rolling restart, in ms each from the step before.
 * @property {string} id
 * @property {number} drainMs  Until it had handed over its sessions.
 * @property {number} stopMs  Until its process had ended.
 * @property {number} readyMs  Until the new one, as every other, took requests.
 * @property {number} copiesMs  Until every session had its copies again.
 */

/**
 * A rolling restart: every node once, in their order, the next one when the new one is there and all
 * copies are. Ends early when something is not mended in time.
 *
 * @param {object} plan
 * @param {RollTarget} plan.target
 * @param {import('./weather.mjs').Weather} plan.weather
 * @param {(line: string) => void} plan.say
 * @param {() => number} plan.now  Monotonic milliseconds.
 * @returns {Promise<{ replaced: Replacement[], faults: string[] }>}
 */
export async function rollThrough({ target, weather, say, now }) {
  /** @type {string[]} */
  const faults = [];
  /** @type {Replacement[]} */
  const replaced = [];
  const before = await becomesCalm({ target, now }, faults);
  if (before === null) return { replaced, faults };
  for (const id of target.nodes()) {
    weather.breaks();
    const startedAtMs = now();
    await target.drain(id);
    const drainedAtMs = now();
    const fault = await target.replace(id);
    if (fault !== null) faults.push(fault);
    const stoppedAtMs = now();
    const calm = await becomesCalm({ target, now }, faults);
    if (calm === null) break;
    weather.clears();
    const replacement = {
      id,
      drainMs: drainedAtMs - startedAtMs,
      stopMs: stoppedAtMs - drainedAtMs,
      readyMs: calm.completeMs,
      copiesMs: calm.protectedMs - calm.completeMs,
    };
    replaced.push(replacement);
    say(describeReplacement(replacement));
  }
  return { replaced, faults };
}

/** @param {Replacement} replacement */
export function totalMs({ drainMs, stopMs, readyMs, copiesMs }) {
  return drainMs + stopMs + readyMs + copiesMs;
}

/** @param {Replacement} replacement */
function describeReplacement({ id, drainMs, stopMs, readyMs, copiesMs }) {
  const ms = (/** @type {number} */ duration) => `${Math.round(duration)} ms`;
  return (
    `${id} drained in ${ms(drainMs)}, stopped in ${ms(stopMs)}, ` +
    `replaced in ${ms(readyMs)}, all copies ${ms(copiesMs)} later`
  );
}
