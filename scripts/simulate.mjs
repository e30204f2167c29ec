// @ts-check
// Runs the engine under virtual time, with faults, and judges the histories.
// `node scripts/simulate.mjs --seeds N [--from K] [--profile P] [--seed K] [--trace]`
import { parseArgs } from 'node:util';
import { PROFILES, simulate } from '../packages/replication/dist/simulation/index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const profiles = PROFILES.filter((name) => !values.profile || name === values.profile);
if (profiles.length === 0) {
  console.error(`--profile ${values.profile}: expected one of ${PROFILES.join(', ')}`);
  process.exit(2);
}
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const totals = { seeds: 0, failed: 0, events: 0, calls: 0, messages: 0 };
/** @type {Map<string, number>} */
const rules = new Map();
const startedMs = performance.now();

for (let seed = first; seed < first + count; seed++) {
  for (const profile of profiles) runOne(seed, profile);
}
const seconds = (performance.now() - startedMs) / 1000;
for (const [rule, seeds] of [...rules].sort((a, b) => b[1] - a[1])) {
  console.log(`${String(seeds).padStart(6)} seeds broke ${rule}`);
}
console.log(
  `${totals.failed} of ${totals.seeds} seeds failed; ${totals.calls} calls, ` +
    `${totals.messages} messages, ${totals.events} events`,
);
console.error(`${Math.round(totals.events / seconds)} events/s`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/**
 * @param {number} seed
 * @param {import('../packages/replication/dist/simulation/index.js').Profile} profile
 */
function runOne(seed, profile) {
  const report = simulate({ seed, profile, trace: values.trace });
  totals.seeds++;
  totals.events += report.events;
  totals.calls += report.calls;
  totals.messages += report.messages;
  if (values.trace) for (const line of report.trace) console.log(line);
  for (const rule of new Set(report.violations.map((violation) => violation.rule))) {
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  const [violation] = report.violations;
  if (!violation) return;
  totals.failed++;
  const shown = values.seed === undefined ? [violation] : report.violations;
  for (const { rule, atMs, key, text } of shown) {
    const where = key === undefined ? '' : ` ${key.slice(0, 6)}`;
    console.log(
      `--profile ${profile} --seed ${seed}: ${rule} at ${atMs.toFixed(1)}${where}: ${text}`,
    );
  }
}
