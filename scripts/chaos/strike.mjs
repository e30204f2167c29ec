// @ts-check
import { becomesCalm, describeCalm } from './calm.mjs';
import { pick } from './random.mjs';

/**
 * @typedef {import('./calm.mjs').Mended & {
 *   nodes: () => readonly string[],
 *   strike: (id: string) => Promise<string | null>,
 * }} Target  The cluster, as far as somebody who ends nodes needs it. `nodes` are the ids of those
 *   that may be struck; `strike` ends one, waits for its end, and resolves with what was wrong with
 *   that end, or null.
 *
 * @typedef {object} StrikePlan
 * @property {Target} target
 * @property {import('./weather.mjs').Weather} weather
 * @property {() => number} random
 * @property {number} kills
 * @property {number} deadlineMs  Infinity when only `kills` ends it.
 * @property {(line: string) => void} say
 * @property {() => number} now  Monotonic milliseconds.
 * @property {(durationMs: number) => Promise<void>} sleep  For a run without any kill.
 */

/**
 * Ends random nodes one after the other.
 *
 * @param {StrikePlan} plan
 * @returns {Promise<{ kills: number, faults: string[] }>}
 */
export async function strikeRepeatedly(plan) {
  const { target, weather, random, say, now } = plan;
  const giveUpAt = now() + plan.deadlineMs;
  /** @type {string[]} */
  const faults = [];
  let kills = 0;
  let calm = await becomesCalm(plan, faults);
  while (calm !== null && kills < plan.kills && now() < giveUpAt) {
    const victim = pick(target.nodes(), random);
    const startedAtMs = now();
    weather.breaks();
    const fault = await target.strike(victim);
    kills += 1;
    if (fault !== null) faults.push(fault);
    const endedAtMs = now();
    calm = await becomesCalm(plan, faults);
    if (calm !== null) weather.clears();
    const ended = Math.round(endedAtMs - startedAtMs);
    say(`${kills}. ${victim} ended in ${ended} ms, ${describeCalm(calm)}`);
  }
  if (plan.kills === 0) await plan.sleep(giveUpAt - now());
  return { kills, faults };
}
