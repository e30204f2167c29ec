import type { CallOutcome } from '../core/calls/calls.js';
import type { Random } from './random.js';
import type { RequestContext } from './requests.js';
import type { SimProcess } from './sim-process.js';
import type { World } from './world.js';

/** Any node that serves, for clients that keep to none. */
export function chooseServing(world: World, random: Random): SimProcess | undefined {
  const serving = world.processes.filter((process) => process.serves);
  return serving.length > 0 ? random.pick(serving) : undefined;
}

/** A request outside of the sessions that the ledger follows. */
export function visitOf(
  world: World,
  random: Random,
  process: SimProcess,
  key: string,
  tab: string,
): RequestContext {
  return { world, random, process, session: -1, tab, key, seen: undefined, hints: [] };
}

/** Whether the session is no more, so that its clients begin another. */
export function isOver(result: CallOutcome | undefined): boolean {
  return result?.kind === 'destroyed' || result?.kind === 'unknown';
}
