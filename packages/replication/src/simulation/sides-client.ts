import type { CallOutcome, RecordView } from '../core/calls/calls.js';
import type { Operation } from '../core/values/operations.js';
import type { Random } from './random.js';
import { call, HOUR_MS, mintKey, open, type RequestContext, think } from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import { chooseServing, isOver, visitOf } from './visits.js';
import type { World } from './world.js';

const SESSIONS = 3;
const TABS = 4;
const NOBODY = 'nobody';

/** What a tab writes: one value that the later write wins, and a login of two that belong together. */
export interface SidesView {
  readonly note: string | undefined;
  readonly user: string | undefined;
  readonly level: string | undefined;
}

export function sidesOf(document: RecordView['document']): SidesView {
  const { note } = document.data as { note?: string };
  const { user, level } = document.system as { user?: string; level?: string };
  return { note, user, level };
}

/** Whether the two values of a login are of one login. */
export function isOneLogin({ user, level }: SidesView): boolean {
  return level === undefined || level.startsWith(`${user}/`);
}

/**
 * Sessions that are written into on both sides of a partition: each tab stays at one node for a
 * while, so that each side has its own, and goes elsewhere now and then.
 */
export function startSides(world: World, untilMs: number): void {
  const random = world.random.stream('sides');
  for (let index = 0; index < SESSIONS; index++) {
    const name = `sides ${index}`;
    runScript(world.scheduler, session(world, random.stream(name), name, untilMs));
  }
}

function* session(world: World, random: Random, name: string, untilMs: number): Script<void> {
  const { scheduler } = world;
  while (scheduler.nowMs < untilMs) {
    const process = chooseServing(world, random);
    const key = process && mintKey({ process, random });
    if (process && key !== undefined) {
      world.history.others.push(key);
      const context = visitOf(world, random, process, key, name);
      const made = yield* call(context, (id) => ({
        kind: 'create',
        key,
        id,
        data: { note: '' },
        system: { user: NOBODY, level: `${NOBODY}/` },
        idleTimeoutMs: HOUR_MS,
        absoluteTimeoutMs: 12 * HOUR_MS,
        durability: 'backup',
      }));
      if (made?.kind === 'committed') {
        yield* useOnAllSides(world, random, key, untilMs);
        return;
      }
    }
    yield* sleep(scheduler, random.between(100, 500));
  }
}

function* useOnAllSides(world: World, random: Random, key: string, untilMs: number): Script<void> {
  yield (resume) => {
    let left = TABS;
    for (let tab = 0; tab < TABS; tab++) {
      const name = `${key.slice(0, 6)} side ${tab}`;
      runScript(world.scheduler, browse(world, random.stream(name), name, key, untilMs), () => {
        if (--left === 0) resume(undefined);
      });
    }
  };
}

function* browse(
  world: World,
  random: Random,
  name: string,
  key: string,
  untilMs: number,
): Script<void> {
  const { scheduler } = world;
  let home: string | undefined;
  for (let count = 0; scheduler.nowMs < untilMs; count++) {
    yield* sleep(scheduler, random.between(20, 500));
    const at = world.processes.find(({ id, serves }) => serves && id === home);
    const process = at && random.chance(0.97) ? at : chooseServing(world, random);
    if (!process) continue;
    home = process.id;
    const context = visitOf(world, random, process, key, name);
    if (isOver(yield* write(context, `${name}:${count}`))) return;
  }
}

function* write(context: RequestContext, token: string): Script<CallOutcome | undefined> {
  const { random, key } = context;
  const opened = yield* open(context);
  if (opened?.kind !== 'record') return opened;
  yield* think(context, 30);
  const { view } = opened;
  const draw = random.next();
  const isLogin = draw < 0.3;
  const operations = isLogin
    ? signIn(view, token, draw < 0.1)
    : [{ kind: 'set', path: ['data', 'note'], value: token } as const];
  return yield* call(
    context,
    (id) => ({
      kind: 'commit',
      key,
      id,
      base: view.version,
      operations,
      // What a login writes depends on what it has read.
      exact: isLogin,
      durability: 'backup',
    }),
    isLogin ? {} : { token },
  );
}

/** Somebody else signs in, or who is signed in proves it once more. */
function signIn({ document }: RecordView, token: string, asSomebodyElse: boolean): Operation[] {
  const level = (user: string): Operation => ({
    kind: 'set',
    path: ['system', 'level'],
    value: `${user}/${token}`,
  });
  if (!asSomebodyElse) return [level(sidesOf(document).user ?? NOBODY)];
  return [{ kind: 'set', path: ['system', 'user'], value: token }, level(token)];
}
