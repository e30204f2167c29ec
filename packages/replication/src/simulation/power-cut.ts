import { takeDump } from './dump.js';
import type { HistoryEntry } from './history.js';
import { open } from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import type { World } from './world.js';

/** How long the dark lasts, and how long nodes have to find each other again. */
const DARK_MS = 1000;
const START_MS = 3000;
const LAST_LOOK_MS = 20_000;
const TRIES = 8;
const RETRY_MS = 1000;

export interface AfterPowerCut {
  /** What opening each id came to, once every node had forgotten everything. */
  readonly opened: ReadonlyMap<string, HistoryEntry>;
  readonly at: ReturnType<typeof takeDump>;
}

/** All nodes lose their memory at once; what the tier has is all there is. */
export function cutPower(world: World, keys: readonly string[]): AfterPowerCut {
  const { scheduler, history } = world;
  const random = world.random.stream('power cut');
  for (const process of world.processes) process.kill();
  scheduler.runUntil(scheduler.nowMs + DARK_MS);
  for (const slot of world.slots) world.start(slot);
  scheduler.runUntil(scheduler.nowMs + START_MS);
  const first = history.entries.length;
  for (const { index, ids } of history.sessions) {
    for (const { key } of ids) {
      const process = random.pick(world.processes);
      const context = { world, random, process, session: index, tab: 'power cut', key };
      runScript(scheduler, look({ ...context, seen: undefined, hints: [] }));
    }
  }
  scheduler.runUntil(scheduler.nowMs + LAST_LOOK_MS);
  const opened = new Map(history.entries.slice(first).map((entry) => [entry.call.key, entry]));
  return { opened, at: takeDump(world, keys) };
}

/** Refused means later, not never. */
function* look(context: Parameters<typeof open>[0]): Script<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const result = yield* open(context);
    if (result?.kind !== 'refused') return;
    yield* sleep(context.world.scheduler, RETRY_MS);
  }
}
