import type { Version } from '../core/record/version.js';
import { check } from './checker/check.js';
import { repeatedMismatch, STILL_MS } from './checker/check-in-step.js';
import type { Violation } from './checker/evidence.js';
import { gapOf } from './checker/known-gaps.js';
import { takeDump } from './dump.js';
import { type Fault, lateMsOf } from './faults.js';
import { type History, newer, versionIn } from './history.js';
import { startLocks } from './lock-client.js';
import { cutPower } from './power-cut.js';
import { startPrincipals } from './principal-client.js';
import { type Profile, scheduleFaults } from './profiles.js';
import { Random } from './random.js';
import { call, open } from './requests.js';
import { runScript, type Script } from './script.js';
import { startSides } from './sides-client.js';
import { drawTier, type SimTierShape, takeTierAway } from './sim-tier.js';
import { drawTimings, withSmallLimits } from './squeeze.js';
import { Trace, type TraceEntry } from './trace.js';
import { visitOf } from './visits.js';
import { startWorkload } from './workload.js';
import { World } from './world.js';

/** When the first fault may come, when faults and clients stop, and how long things then settle. */
const WARM_UP_MS = 2000;
const FAULTS_END_MS = 30_000;
const QUIESCE_MS = 30_000;
/** The last look hands records over, and a copy that comes after it was let go is found by comparison. */
const LAST_LOOK_MS = QUIESCE_MS;
/** With the narrowest link a look mends one difference. What goes in circles still does so then. */
const MEND_MS = 90_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly trace?: boolean | undefined;
  /** Instead of the faults that the seed would make: for reducing a failure. */
  readonly faults?: readonly Fault[] | undefined;
  readonly browsers?: number | undefined;
  /** Instead of the tier that the seed would draw, or none. */
  readonly tier?: SimTierShape | 'none' | undefined;
  /** When clients stop. Default 30 s. */
  readonly untilMs?: number | undefined;
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
  readonly untilMs: number;
  readonly trace: readonly TraceEntry[];
  /** Differs when anything happened differently. */
  readonly digest: string;
}

/** Runs one seed from its beginning to the judgement of the checker. */
export function simulate(options: SimulationOptions): SimulationReport {
  const random = new Random(`${options.profile}/${options.seed}`);
  return withSmallLimits(random.stream('limits'), () => simulateWith(random, options));
}

function simulateWith(random: Random, options: SimulationOptions): SimulationReport {
  const { seed, profile } = options;
  const { nodes, backups, browsers } = shapeOf(random.stream('shape'), options.browsers);
  const trace = new Trace(options.trace ?? false);
  const { tier = drawTier(random.stream('tier shape')) } = options;
  const timings = drawTimings(random.stream('timings'));
  const drift = profile === 'skew' ? 0.02 : 0.0002;
  const world = new World(
    random,
    {
      nodes,
      backups,
      timings,
      drift,
      tier: tier === 'none' ? undefined : tier,
      writesOnSides: profile === 'sides',
    },
    trace,
  );
  const { scheduler, history } = world;
  const faultStream = random.stream('faults');
  const planned = scheduleFaults(profile, nodes, faultStream, WARM_UP_MS, FAULTS_END_MS);
  const untilMs = options.untilMs ?? FAULTS_END_MS;
  run(world, options.faults ?? planned, browsers, untilMs);

  const ids = history.sessions.flatMap((session) => session.ids.map(({ key }) => key));
  const keys = [...ids, ...history.others];
  const atRest = takeDump(world, keys);
  openEverything(world);
  scheduler.runUntil(scheduler.nowMs + LAST_LOOK_MS);
  const atEnd = takeDump(world, keys);
  const powerCut = world.tier && cutPower(world, keys);
  if (scheduler.exhausted) world.defect('all', `still talk after ${scheduler.events} events`);
  const { faults, defects, monitor, reports, mismatches } = world;
  const found = check({
    history,
    faults,
    atRest,
    atEnd,
    backups,
    reports,
    mismatches,
    powerCut,
    tierFailedMs: world.tier?.failedMs ?? [],
    untold: world.untold,
    seenInside: monitor.violations,
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
    untilMs,
    trace: trace.entries,
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
function run(world: World, faults: readonly Fault[], browsers: number, untilMs: number): void {
  const { scheduler } = world;
  const starts = world.random.stream('starts');
  for (const slot of world.slots) {
    scheduler.after(starts.between(0, 200), () => world.start(slot));
  }
  world.schedule(faults);
  takeTierAway(world, WARM_UP_MS, FAULTS_END_MS);
  scheduler.runUntil(WARM_UP_MS / 2);
  startWorkload(world, { browsers, untilMs });
  startPrincipals(world, untilMs);
  startLocks(world, untilMs);
  if (world.settings.writesOnSides) startSides(world, untilMs);
  // What brokers still keep comes first.
  const lateMs = Math.max(0, ...faults.map(lateMsOf));
  const faultsEndMs = Math.max(untilMs, ...faults.map((fault) => fault.untilMs));
  scheduler.runUntil(faultsEndMs + (lateMs > 500 ? lateMs : 0) + QUIESCE_MS);
  const mendedMs = scheduler.nowMs + MEND_MS;
  while (scheduler.nowMs < mendedMs && repeatedMismatch(world.mismatches, scheduler.nowMs)) {
    scheduler.runUntil(scheduler.nowMs + STILL_MS);
  }
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
  // Their tabs keep no version, browsers do: whoever was shown the latest one comes back with it.
  for (const key of world.history.others) {
    const context = visitOf(world, random, random.pick(world.processes), key, 'last look');
    const seen = latestShown(world.history, key);
    runScript(world.scheduler, open({ ...context, seen }));
  }
}

function latestShown({ entries }: History, key: string): Version | undefined {
  return entries.reduce<Version | undefined>((latest, { call: asked, result }) => {
    const shown = asked.key === key ? versionIn(result) : undefined;
    return shown ? newer(latest, shown) : latest;
  }, undefined);
}

function* lastLook(context: Parameters<typeof open>[0]): Script<void> {
  yield* open(context);
  yield* call(context, () => ({ kind: 'open', key: context.key }));
}
