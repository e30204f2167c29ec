// @ts-check
// Runs the engine under virtual time, with faults, and judges the histories.
// `node scripts/simulate.mjs --seeds N [--from K] [--profile P]`
// `node scripts/simulate.mjs --profile P --seed K [--trace] [--key K] [--shrink RULE]`
import { parseArgs } from 'node:util';
import {
  gapOf,
  PROFILES,
  shrink,
  simulate,
} from '../packages/replication/dist/simulation/index.js';

/** @typedef {import('../packages/replication/dist/simulation/index.js').Profile} Profile */
/** @typedef {import('../packages/replication/dist/simulation/index.js').Violation} Violation */
/** @typedef {import('../packages/replication/dist/simulation/index.js').SimulationReport} Report */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    /** Print what happened; with `key`, only lines that name it (its first letters). */
    trace: { type: 'boolean', default: false },
    key: { type: 'string', default: '' },
    /** The smallest run of this seed that breaks the rule. */
    shrink: { type: 'string' },
    /** Known gaps fail, too. */
    strict: { type: 'boolean', default: false },
  },
});

const profiles = PROFILES.filter((name) => !values.profile || name === values.profile);
if (profiles.length === 0) {
  console.error(`--profile ${values.profile}: expected one of ${PROFILES.join(', ')}`);
  process.exit(2);
}

/** @type {Map<string, number>} */
const rules = new Map();
const totals = { seeds: 0, failed: 0, events: 0, calls: 0, messages: 0 };

if (values.shrink !== undefined) shrinkOne(values.shrink);
else runAll();

function runAll() {
  const startedMs = performance.now();
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  for (let seed = first; seed < first + count; seed++) {
    for (const profile of profiles) runOne(seed, profile);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [rule, seeds] of [...rules].sort((a, b) => b[1] - a[1])) {
    const gap = gapOf({ rule, atMs: 0, text: '' });
    console.log(`${String(seeds).padStart(6)} seeds broke ${rule}${gap ? `; known: ${gap}` : ''}`);
  }
  console.log(
    `${totals.failed} of ${totals.seeds} seeds failed; ${totals.calls} calls, ` +
      `${totals.messages} messages, ${totals.events} events`,
  );
  // Not on stdout: what is printed there is the same every time.
  console.error(`${Math.round(totals.events / seconds)} events/s`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

/**
 * @param {number} seed
 * @param {Profile} profile
 */
function runOne(seed, profile) {
  const report = simulate({ seed, profile, trace: values.trace });
  totals.seeds++;
  totals.events += report.events;
  totals.calls += report.calls;
  totals.messages += report.messages;
  printTrace(report);
  for (const rule of new Set([...report.violations, ...report.gaps].map(({ rule }) => rule))) {
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  const failures = values.strict ? [...report.violations, ...report.gaps] : report.violations;
  if (failures.length > 0) totals.failed++;
  print(report, values.seed === undefined ? failures.slice(0, 1) : failures);
}

/** @param {string} rule */
function shrinkOne(rule) {
  const [profile] = profiles;
  if (profile === undefined || values.seed === undefined) {
    console.error('--shrink needs --profile and --seed');
    process.exit(2);
  }
  const shrunk = shrink({ seed: Number(values.seed), profile }, rule);
  if (!shrunk) {
    console.log(`--profile ${profile} --seed ${values.seed} does not break ${rule}`);
    return;
  }
  printTrace(shrunk.report);
  for (const fault of shrunk.faults) console.log(JSON.stringify(fault));
  console.log(`${shrunk.browsers} browsers`);
  const { violations, gaps } = shrunk.report;
  print(
    shrunk.report,
    [...violations, ...gaps].filter((violation) => violation.rule === rule),
  );
}

/** @param {Report} report */
function printTrace({ trace }) {
  if (!values.trace) return;
  for (const line of trace) if (line.includes(values.key)) console.log(line);
}

/**
 * @param {Report} report
 * @param {readonly Violation[]} violations
 */
function print({ profile, seed }, violations) {
  for (const { rule, atMs, key, text } of violations) {
    const where = key === undefined ? '' : ` ${key.slice(0, 6)}`;
    console.log(
      `--profile ${profile} --seed ${seed}: ${rule} at ${atMs.toFixed(1)}${where}: ${text}`,
    );
  }
}
