// @ts-check
// `npm run bench:http`: what sessions cost an application, beside the stores that are used most.
import { parseArgs } from 'node:util';
import { YOUNG_GENERATION_FLAG } from '../scripts/cluster/programs.mjs';
import { inMs, loadLine, machineLine, printTable, whole } from './engine/report.mjs';
import { medianOf } from './engine/statistics.mjs';
import { Rig } from './http/rig.mjs';
import { LARGE_BYTES, SCENARIOS, SMALL_BYTES } from './http/scenarios.mjs';
import { judge, TARGETS } from './http/targets.mjs';
import { PLATFORMS, VARIANTS } from './http/variants.mjs';
import { warmUp } from './warm-up.mjs';

/** @typedef {import('./http/rig.mjs').App} App */
/** @typedef {import('./http/rig.mjs').Ledger} Ledger */
/** @typedef {import('./http/targets.mjs').Rounds} Rounds */
/** @typedef {import('./http/scenarios.mjs').Scenario} Scenario */
/** @typedef {import('./http/variants.mjs').Variant} Variant */

/**
 * A process counts as warm when two stretches of this length in a row cost no less than those before:
 * one alone may have been disturbed.
 */
const WARM_UP_MS = 1_000;
const WARM_UPS = { least: 5, most: 20, inVain: 2 };
const SIZES = [SMALL_BYTES, LARGE_BYTES];

const { values } = parseArgs({
  options: {
    /** One or both of the platforms; default both. */
    platform: { type: 'string', multiple: true, default: [...PLATFORMS] },
    /** One or several of the scenarios; default all. */
    scenario: { type: 'string', multiple: true, default: SCENARIOS.map(({ name }) => name) },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    /** Only these kinds of sessions take part. */
    sessions: { type: 'string', multiple: true },
    /** Writes a profile of each application and of each backup into this folder. */
    profile: { type: 'string' },
  },
});

const rounds = Number(values.rounds);
const durationMs = Number(values.seconds) * 1000;
const scenarios = SCENARIOS.filter(({ name }) => values.scenario.includes(name));
// wrk takes whole seconds.
if (scenarios.length === 0 || !(rounds >= 1) || !(durationMs >= 1000 && durationMs % 1000 === 0)) {
  const names = SCENARIOS.map(({ name }) => name).join(', ');
  console.error(`usage: http.mjs [--scenario <one of ${names}>]... [--rounds <n>] [--seconds <n>]`);
  process.exit(2);
}

console.log(machineLine());
const rig = await Rig.start();
let lost = 0;
try {
  for (const platform of PLATFORMS.filter((name) => values.platform.includes(name))) {
    lost += await comparePlatform(platform);
  }
} finally {
  await rig.stop();
}
console.log(`\nload at the end ${loadLine()}`);
process.exitCode = lost > 0 ? 1 : 0;

/**
 * @param {Variant['platform']} platform
 * @returns {Promise<number>} Writes that were answered and are gone.
 */
async function comparePlatform(platform) {
  const profiling = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [];
  const execArgv = [YOUNG_GENERATION_FLAG, ...profiling];
  /** @type {App[]} */
  const apps = [];
  for (const variant of VARIANTS) {
    const takesPart = scenarios.some((scenario) => isIn(scenario, variant));
    if (variant.platform !== platform || !takesPart) continue;
    apps.push(await rig.app(variant, SIZES, execArgv));
  }
  /** @type {string[][]} */
  const verdicts = [];
  for (const scenario of scenarios) {
    const measured = await compare(scenario, apps);
    print(`${platform} ${scenario.name}`, measured);
    for (const target of TARGETS) {
      const row = target.scenario === scenario.name && judge(target, platform, measured);
      if (row) verdicts.push(row);
    }
  }
  // A killed process writes no profile.
  const ledgers = values.profile ? [] : await verify(apps);
  await rig.stopApps();
  if (verdicts.length > 0) {
    console.log(`\n${platform}, against the targets`);
    printTable([['ratio', 'median', 'rounds', 'wanted', ''], ...verdicts]);
  }
  return ledgers.reduce((sum, { lost: some }) => sum + some, 0);
}

/**
 * @param {Scenario} scenario
 * @param {Variant} variant
 */
function isIn(scenario, { sessions }) {
  return (
    scenario.sessions.includes(sessions) &&
    (values.sessions === undefined || values.sessions.includes(sessions))
  );
}

/**
 * The variants take turns within each round, in another order each time.
 *
 * @param {Scenario} scenario
 * @param {readonly App[]} apps
 * @returns {Promise<Rounds>}
 */
async function compare(scenario, apps) {
  /** @type {Rounds} */
  const measured = {};
  const competitors = apps.filter(({ variant }) => isIn(scenario, variant));
  for (const app of competitors) {
    await warmUp(async () => (await rig.measure(app, scenario, WARM_UP_MS)).totalUs, WARM_UPS);
  }
  for (let round = 0; round < rounds; round++) {
    const first = round % competitors.length;
    for (const app of [...competitors.slice(first), ...competitors.slice(0, first)]) {
      const result = await rig.measure(app, scenario, durationMs);
      const { sessions } = app.variant;
      measured[sessions] = [...(measured[sessions] ?? []), result];
    }
  }
  return measured;
}

/**
 * @param {string} title
 * @param {Rounds} measured
 */
function print(title, measured) {
  console.log(`\n${title}`);
  printTable([
    ['', 'requests/s', 'p50', 'p99', 'app µs', 'bus µs', 'backup µs', 'total µs'],
    ...Object.entries(measured).map(([sessions, results]) => [
      sessions,
      whole(medianOf(results, ({ perSecond }) => perSecond)),
      inMs(medianOf(results, ({ p50Ms }) => p50Ms)),
      inMs(medianOf(results, ({ p99Ms }) => p99Ms)),
      medianOf(results, ({ appUs }) => appUs).toFixed(1),
      medianOf(results, ({ busUs }) => busUs).toFixed(1),
      medianOf(results, ({ backupUs }) => backupUs).toFixed(1),
      medianOf(results, ({ totalUs }) => totalUs).toFixed(1),
    ]),
  ]);
}

/**
 * @param {readonly App[]} apps
 * @returns {Promise<Ledger[]>}
 */
async function verify(apps) {
  /** @type {Ledger[]} */
  const ledgers = [];
  for (const app of apps) {
    if (app.variant.sessions !== 'none') ledgers.push(await rig.verify(app, SIZES));
  }
  console.log('\nwrites found afterwards');
  printTable([
    ['', 'answered', 'lost'],
    ...ledgers.map(({ variant, answered, lost: some }) => [variant, whole(answered), whole(some)]),
  ]);
  return ledgers;
}
