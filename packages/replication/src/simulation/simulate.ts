import { check } from './checker/check.js';
import type { Violation } from './checker/evidence.js';
import { gapOf } from './checker/known-gaps.js';
import { takeDump } from './dump.js';
import { type Fault, type Profile, scheduleFaults } from './faults.js';
import type { History } from './history.js';
import { startLocks } from './lock-client.js';
import { cutPower } from './power-cut.js';
import { startPrincipals } from './principal-client.js';
import { Random } from './random.js';
import { call, open } from './requests.js';
import { runScript, type Script } from './script.js';
import { drawTier, type SimTierShape, takeTierAway } from './sim-tier.js';
import { Trace } from './trace.js';
import { startWorkload } from './workload.js';
import { World } from './world.js';

/** When the first fault may come, when faults and clients stop, and how long things then settle. */
const WARM_UP_MS = 2000;
const FAULTS_END_MS = 30_000;
const QUIESCE_MS = 30_000;
/** What a broker still kept may come this much later. */
const LATEST_MS = 30_000;
const LAST_LOOK_MS = 10_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly trace?: boolean | undefined;
  /** Instead of the faults that the seed would make: for reducing a failure. */
  readonly faults?: readonly Fault[] | undefined;
  readonly browsers?: number | undefined;
  /** Instead of the tier that the seed would draw, or none. */
  readonly tier?: SimTierShape | 'none' | undefined;
}

export interface SimulationReport {
  readonly seed: number;
  readonly profile: Profile;
  readonly violations: readonly Violation[];
  /** What the engine is known not to do yet. */
  readonly gaps: readonly Violation[];
  readonly events: number;
  readonly calls: number;
  readonly messages: number;
  readonly faults: readonly Fault[];
  readonly browsers: number;
  readonly trace: readonly string[];
  /** Differs when anything happened differently. */
  readonly digest: string;
}

/** Runs one seed from its beginning to the judgement of the checker. */
export function simulate(options: SimulationOptions): SimulationReport {
  const { seed, profile } = options;
  const random = new Random(`${profile}/${seed}`);
  const { nodes, backups, browsers } = shapeOf(random.stream('shape'), options.browsers);
  const trace = new Trace(options.trace ?? false);
  const { tier = drawTier(random.stream('tier shape')) } = options;
  const world = new World(
    random,
    { nodes, backups, tier: tier === 'none' ? undefined : tier },
    trace,
  );
  const { scheduler, history } = world;
  const faultStream = random.stream('faults');
  const planned = scheduleFaults(profile, nodes, faultStream, WARM_UP_MS, FAULTS_END_MS);
  run(world, options.faults ?? planned, browsers);

  const ids = history.sessions.flatMap((session) => session.ids.map(({ key }) => key));
  const keys = [...ids, ...history.others];
  const atRest = takeDump(world, keys);
  openEverything(world);
  scheduler.runUntil(scheduler.nowMs + LAST_LOOK_MS);
  const atEnd = takeDump(world, keys);
  const powerCut = world.tier && cutPower(world, keys);
  if (scheduler.exhausted) world.defect('all', `still talk after ${scheduler.events} events`);
  const { faults, defects, reports } = world;
  const found = check({
    history,
    faults,
    atRest,
    atEnd,
    backups,
    reports,
    powerCut,
    tierFailedMs: world.tier?.failedMs ?? [],
    untold: world.untold,
    defects,
  });
  return {
    seed,
    profile,
    violations: found.filter((violation) => !gapOf(violation)),
    gaps: found.filter((violation) => gapOf(violation)),
    events: scheduler.events,
    calls: history.entries.length,
    messages: world.network.messages,
    faults,
    browsers,
    trace: trace.lines,
    digest: digestOf(history),
  };
}

interface Shape {
  readonly nodes: readonly string[];
  readonly backups: number;
  readonly browsers: number;
}

function shapeOf(random: Random, browsers: number | undefined): Shape {
  const nodes = Array.from({ length: 3 + random.below(3) }, (_, index) => `n${index + 1}`);
  const backups = random.chance(0.75) || nodes.length < 4 ? 1 : 2;
  const drawn = 2 + random.below(10);
  return { nodes, backups, browsers: browsers ?? drawn };
}

/** Everything up to the time when all is quiet again. */
function run(world: World, faults: readonly Fault[], browsers: number): void {
  const { scheduler } = world;
  const starts = world.random.stream('starts');
  for (const slot of world.slots) {
    scheduler.after(starts.between(0, 200), () => world.start(slot));
  }
  world.schedule(faults);
  takeTierAway(world, WARM_UP_MS, FAULTS_END_MS);
  scheduler.runUntil(WARM_UP_MS / 2);
  startWorkload(world, { browsers, untilMs: FAULTS_END_MS });
  startPrincipals(world, FAULTS_END_MS);
  startLocks(world, FAULTS_END_MS);
  const late = faults.some((fault) => fault.kind === 'partition' && fault.lateMs > 500);
  scheduler.runUntil(FAULTS_END_MS + (late ? LATEST_MS : 0) + QUIESCE_MS);
}

/** Everything that clients saw, and when, in one number. */
function digestOf(history: History): string {
  let value = 0x811c9dc5;
  for (const { id, node, call: asked, beginMs, endMs = 0, result } of history.entries) {
    const line = `${id} ${node} ${asked.kind} ${asked.key} ${beginMs} ${endMs} ${result?.kind}`;
    for (let i = 0; i < line.length; i++) {
      value = Math.imul(value ^ line.charCodeAt(i), 0x01000193);
    }
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** One last look at every id there ever was, at any node. */
function openEverything(world: World): void {
  const random = world.random.stream('last look');
  for (const { index, ids } of world.history.sessions) {
    for (const { key } of ids) {
      const process = random.pick(world.processes);
      const context = {
        world,
        random,
        process,
        session: index,
        tab: 'last look',
        key,
        seen: undefined,
        hints: [],
      };
      runScript(world.scheduler, lastLook(context));
    }
  }
}

function* lastLook(context: Parameters<typeof open>[0]): Script<void> {
  yield* open(context);
  yield* call(context, () => ({ kind: 'open', key: context.key }));
}
