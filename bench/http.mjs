// @ts-check
// `npm run bench:http`: what sessions cost an application, beside the stores that are used most.
import { YOUNG_GENERATION_FLAG } from '../scripts/cluster/programs.mjs';
import { inMs, loadLine, machineLine, printTable, whole } from './engine/report.mjs';
import { median, medianOf } from './engine/statistics.mjs';
import { readArguments, USAGE } from './http/arguments.mjs';
import { Rig } from './http/rig.mjs';
import { LARGE_BYTES, SMALL_BYTES } from './http/scenarios.mjs';
import { judge, TARGETS } from './http/targets.mjs';
import { VARIANTS } from './http/variants.mjs';
import { warmUp } from './warm-up.mjs';

/** @typedef {import('./http/rig.mjs').App} App */
/** @typedef {import('./http/rig.mjs').Ledger} Ledger */
/** @typedef {import('./http/rig.mjs').Measured} Measured */
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
/** Of requests per second and of processor time, to those with Redis in the same round. */
const RATIOS = /** @type {const} */ (['rate : redis', 'CPU : redis']);

const wanted = wantedOrExit();
const { scenarios, rounds, durationMs } = wanted;

console.log(machineLine());
const rig = await Rig.start();
let lost = 0;
try {
  for (const platform of wanted.platforms) {
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
  const profiling = wanted.profile ? ['--cpu-prof', `--cpu-prof-dir=${wanted.profile}`] : [];
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
  const ledgers = wanted.profile ? [] : await verify(apps);
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
  return scenario.sessions.includes(sessions) && wanted.sessions.includes(sessions);
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
    ['', 'requests/s', 'p50', 'p99', 'app µs', 'bus µs', 'backup µs', 'total µs', ...RATIOS],
    ...Object.entries(measured).map(([sessions, results]) => [
      sessions,
      whole(medianOf(results, ({ perSecond }) => perSecond)),
      inMs(medianOf(results, ({ p50Ms }) => p50Ms)),
      inMs(medianOf(results, ({ p99Ms }) => p99Ms)),
      medianOf(results, ({ appUs }) => appUs).toFixed(1),
      medianOf(results, ({ busUs }) => busUs).toFixed(1),
      medianOf(results, ({ backupUs }) => backupUs).toFixed(1),
      medianOf(results, ({ totalUs }) => totalUs).toFixed(1),
      ...RATIOS.map((name) => ratioToRedis(name, results, measured.redis)),
    ]),
  ]);
}

/**
 * @param {(typeof RATIOS)[number]} name
 * @param {readonly Measured[]} results
 * @param {readonly Measured[]} [ofRedis]  Of the same rounds.
 * @returns {string} The median of the rounds.
 */
function ratioToRedis(name, results, ofRedis) {
  if (!ofRedis) return '';
  const field = name === RATIOS[0] ? 'perSecond' : 'totalUs';
  const ratios = results.map((result, round) => result[field] / (ofRedis[round]?.[field] ?? NaN));
  return median(ratios).toFixed(2);
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

function wantedOrExit() {
  try {
    const wanted = readArguments(process.argv.slice(2));
    if (wanted !== 'help') return wanted;
    console.log(USAGE);
    process.exit();
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
