// @ts-check
import { pick } from './random.mjs';

/**
 * @typedef {object} Target  The cluster, as far as somebody who ends nodes needs it.
 * @property {() => readonly string[]} nodes  Ids of the nodes that may be struck.
 * @property {(id: string) => Promise<string | null>} strike  Ends a node and waits for its end;
 *   resolves with what was wrong with that end, or null.
 * @property {() => Promise<void>} complete  Resolves when every node takes requests.
 * @property {() => Promise<void>} protected  Resolves when every session has its copies: one failure
 *   at a time is what is promised.
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
    say(`${kills}. ${victim} ended in ${ended} ms, ${calm ?? 'and that was not mended'}`);
  }
  if (plan.kills === 0) await plan.sleep(giveUpAt - now());
  return { kills, faults };
}

/**
 * A second strike before the first is mended would prove nothing, so the run ends here.
 *
 * @param {StrikePlan} plan
 * @param {string[]} faults
 * @returns {Promise<string | null>} How long it took; null when it did not happen.
 */
async function becomesCalm({ target, now }, faults) {
  const startedAtMs = now();
  try {
    await target.complete();
    const completeMs = Math.round(now() - startedAtMs);
    await target.protected();
    const protectedMs = Math.round(now() - startedAtMs);
    return `all nodes after ${completeMs} ms, all copies after ${protectedMs} ms`;
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
    return null;
  }
}
