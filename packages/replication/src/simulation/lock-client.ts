import type { LockToken } from '../core/owner/lock-calls.js';
import type { Random } from './random.js';
import { call, HOUR_MS, mintKey, open, type RequestContext, think } from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import { chooseServing, isOver, visitOf } from './visits.js';
import type { World } from './world.js';

const TABS = 3;
const NAME = 'writer';

/** Several tabs that write into one session under a lock, some for longer than their lease. */
export function startLocks(world: World, untilMs: number): void {
  runScript(world.scheduler, session(world, world.random.stream('locks'), untilMs));
}

/** As the session remembers in which order they wrote. */
export function writeToken({ epoch, owner, counter }: LockToken): string {
  return `${epoch} ${owner} ${counter}`;
}

function* session(world: World, random: Random, untilMs: number): Script<void> {
  const { scheduler } = world;
  for (let life = 0; scheduler.nowMs < untilMs; life++) {
    const process = chooseServing(world, random);
    const key = process && mintKey({ process, random });
    if (process && key !== undefined) {
      world.history.others.push(key);
      const context = visitOf(world, random, process, key, `lock ${life}`);
      const made = yield* call(context, (id) => ({
        kind: 'create',
        key,
        id,
        data: { writers: [] },
        system: {},
        idleTimeoutMs: HOUR_MS,
        absoluteTimeoutMs: 12 * HOUR_MS,
        durability: 'backup',
      }));
      if (made?.kind === 'committed') yield* useTogether(world, random, key, untilMs);
    }
    yield* sleep(scheduler, random.between(100, 500));
  }
}

function* useTogether(world: World, random: Random, key: string, untilMs: number): Script<void> {
  yield (resume) => {
    let left = TABS;
    for (let tab = 0; tab < TABS; tab++) {
      const name = `${key.slice(0, 6)} lock ${tab}`;
      const script = write(world, random.stream(name), name, key, untilMs);
      runScript(world.scheduler, script, () => {
        if (--left === 0) resume(undefined);
      });
    }
  };
}

function* write(
  world: World,
  random: Random,
  name: string,
  key: string,
  untilMs: number,
): Script<void> {
  const { scheduler } = world;
  while (scheduler.nowMs < untilMs) {
    yield* sleep(scheduler, random.between(10, 800));
    const process = chooseServing(world, random);
    if (!process) continue;
    const context = visitOf(world, random, process, key, name);
    const locked = yield* call(context, (id) => ({
      kind: 'lock',
      key,
      id,
      name: NAME,
      leaseMs: random.between(100, 800),
      waitMs: random.chance(0.3) ? 0 : random.between(50, 1000),
    }));
    if (isOver(locked)) return;
    if (locked?.kind === 'locked') yield* writeUnder(context, locked.token);
  }
}

function* writeUnder(context: RequestContext, token: LockToken): Script<void> {
  const { random, key } = context;
  const opened = yield* open(context);
  if (opened?.kind !== 'record') return;
  yield* think(context, random.chance(0.3) ? 1500 : 100);
  const { writers = [] } = opened.view.document.data as { writers?: readonly string[] };
  yield* call(context, (id) => ({
    kind: 'commit',
    key,
    id,
    base: opened.view.version,
    operations: [
      {
        kind: 'splice',
        path: ['data', 'writers'],
        index: writers.length,
        deleteCount: 0,
        items: [writeToken(token)],
      },
    ],
    exact: false,
    durability: 'backup',
    lock: { name: NAME, token },
  }));
  // Some forget; then the lease ends it.
  if (random.chance(0.7)) {
    yield* call(context, () => ({ kind: 'unlock', key, name: NAME, token }));
  }
}
