// @ts-check
// Many seeds on all cores. What is printed on stdout is the same every time and on every machine.
import { describeCommit, judgedAgain, readLedger, writeLedger } from './ledger.mjs';
import { runInOrder } from './pool.mjs';
import { printViolations } from './print-violations.mjs';
import { hashOfEngine } from './source-hash.mjs';

/** @typedef {typeof import('../../packages/replication/dist/simulation/index.js')} Simulator */
/** @typedef {import('../../packages/replication/dist/simulation/index.js').Profile} Profile */
/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationReport} Report */

/** Failing seeds that are reduced; each takes some dozen runs. */
const MOST_SHRUNK = 3;

/**
 * @typedef {object} Plan
 * @property {readonly Profile[]} profiles
 * @property {string | undefined} first
 * @property {number} count Seeds of each profile.
 * @property {number | undefined} threads
 * @property {boolean} strict
 * @property {string | undefined} report
 * @property {boolean} shrinks
 */

/**
 * @param {Simulator} simulator
 * @param {string} module
 * @param {Plan} plan
 * @returns {Promise<number>} The exit code.
 */
export async function runMany(simulator, module, plan) {
  const startedMs = performance.now();
  const engine = hashOfEngine();
  const before = plan.report === undefined ? undefined : entryOf(plan.report, engine);
  const first = firstSeed(plan, before);
  const totals = { seeds: 0, failed: 0, events: 0, calls: 0, messages: 0 };
  /** @type {Map<string, number>} */
  const rules = new Map();
  /** @type {{ report: Report, rule: string }[]} */
  const failed = [];

  await runInOrder(
    module,
    jobs(plan.profiles, first, plan.count),
    (report) => {
      totals.seeds++;
      totals.events += report.events;
      totals.calls += report.calls;
      totals.messages += report.messages;
      const found = [...report.violations, ...report.gaps];
      for (const rule of new Set(found.map(({ rule }) => rule))) {
        rules.set(rule, (rules.get(rule) ?? 0) + 1);
      }
      const failures = plan.strict ? found : report.violations;
      const [worst] = failures;
      if (worst) {
        totals.failed++;
        failed.push({ report, rule: worst.rule });
        printViolations(report, plan.count === 1 ? failures : failures.slice(0, 1));
      }
      return true;
    },
    plan.threads,
  );

  if (plan.shrinks)
    for (const { report, rule } of failed.slice(0, MOST_SHRUNK)) {
      printShrunk(simulator, report, rule);
    }
  printTotals(simulator, rules, totals);
  const seconds = (performance.now() - startedMs) / 1000;
  // Not on stdout: what is printed there is the same every time.
  console.error(`${Math.round(totals.events / seconds)} events/s, ${seconds.toFixed(0)} s`);
  if (plan.report !== undefined) {
    const failures = failed.map(({ report: { profile, seed }, rule }) => [
      `${profile} ${seed}`,
      rule,
    ]);
    const counted = { ...totals, failures: Object.fromEntries(failures) };
    addToReport(plan, plan.report, engine, before, first, counted);
  }
  return totals.failed > 0 ? 1 : 0;
}

/**
 * Seed by seed through all profiles.
 *
 * @param {readonly Profile[]} profiles
 * @param {number} first
 * @param {number} count
 */
export function* jobs(profiles, first, count) {
  for (let seed = first; seed < first + count; seed++) {
    for (const profile of profiles) yield { seed, profile };
  }
}

/**
 * @param {Plan} plan
 * @param {import('./ledger.mjs').Entry | undefined} before
 */
function firstSeed(plan, before) {
  if (plan.first !== undefined) return Number(plan.first);
  const done = plan.profiles.map((profile) => before?.seeds[profile] ?? 0);
  return 1 + Math.min(...done);
}

/**
 * @param {Simulator} simulator
 * @param {Report} report
 * @param {string} rule
 */
function printShrunk(simulator, { seed, profile }, rule) {
  const shrunk = simulator.shrink({ seed, profile }, rule);
  if (!shrunk) return;
  console.log(`\n--profile ${profile} --seed ${seed}, reduced, still breaks ${rule}:`);
  for (const fault of shrunk.faults) console.log(`  ${JSON.stringify(fault)}`);
  console.log(`  ${shrunk.browsers} browsers for ${shrunk.untilMs} ms`);
  console.log(`  npm run simulate -- --profile ${profile} --seed ${seed} --shrink ${rule} --trace`);
}

/**
 * @param {Simulator} simulator
 * @param {ReadonlyMap<string, number>} rules
 * @param {{ seeds: number, failed: number, events: number, calls: number, messages: number }} totals
 */
function printTotals({ gapOf }, rules, { seeds, failed, events, calls, messages }) {
  const sorted = [...rules].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  for (const [rule, count] of sorted) {
    const gap = gapOf({ rule, atMs: 0, text: '' });
    console.log(`${String(count).padStart(6)} seeds broke ${rule}${gap ? `; known: ${gap}` : ''}`);
  }
  console.log(
    `${failed} of ${seeds} seeds failed; ${calls} calls, ${messages} messages, ${events} events`,
  );
}

/**
 * @param {string} path
 * @param {string} engine
 */
function entryOf(path, engine) {
  return readLedger(path).find((entry) => entry.engine === engine);
}

/**
 * @param {Plan} plan
 * @param {string} path
 * @param {string} engine
 * @param {import('./ledger.mjs').Entry | undefined} before
 * @param {number} first
 * @param {{ seeds: number, failed: number, events: number, failures: Readonly<Record<string, string>> }} totals
 */
function addToReport({ profiles, count }, path, engine, before, first, totals) {
  const again = count === 1 && profiles.length === 1 ? `${profiles[0]} ${first}` : '';
  if (before?.failures && Object.hasOwn(before.failures, again)) {
    if (totals.failed === 0) writeLedger(path, judgedAgain(before, again));
    return;
  }
  /** @type {Record<string, number>} */
  const seeds = { ...before?.seeds };
  for (const profile of profiles) {
    // Seeds that were run before, or leave a gap, count for nothing.
    if (first !== (seeds[profile] ?? 0) + 1) {
      console.error(
        `${path}: seeds of ${profile} are counted up to ${seeds[profile] ?? 0}; not added`,
      );
      return;
    }
    seeds[profile] = first + count - 1;
  }
  const clean = (before?.clean ?? 0) + totals.seeds - totals.failed;
  writeLedger(path, {
    engine,
    commit: describeCommit(),
    at: new Date().toISOString(),
    seeds,
    clean,
    failed: (before?.failed ?? 0) + totals.failed,
    failures: { ...before?.failures, ...totals.failures },
    ...(before?.judgedAgain && { judgedAgain: before.judgedAgain }),
    events: (before?.events ?? 0) + totals.events,
  });
  console.error(`${path}: ${clean} clean seeds of engine ${engine}`);
}
