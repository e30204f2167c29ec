// @ts-check
// Looks at every order of events within bounds, on three nodes and one session.
// Without arguments it also shows that it can fail: it has to find two mutants.
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants/index.mjs';
import { bundle } from './simulation/bundle.mjs';

/** @typedef {import('../packages/replication/dist/simulation/index.js').Exploration} Exploration */
/** @typedef {typeof import('../packages/replication/dist/simulation/index.js')} Simulator */

/** It has to find these, or it is worth nothing. */
const MUST_BE_FOUND = ['asks-recorded-backups-only', 'answered-before-held'];
/** What each of the bounds may show at once. */
const FIRST_STATES = 500;

const HELP = `npm run simulate:explore -- [options]

  --states N     how many states within each of the bounds; default 60000
  --seconds N    how long within each of the bounds; default 60
  --only NAME    these bounds alone, and no mutants
  --mutant NAME  this mutant alone; exit 1 when it is not found
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    states: { type: 'string', default: '60000' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    mutant: { type: 'string' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const limits = { states: Number(values.states), milliseconds: 1000 * Number(values.seconds) };

let failed = false;
if (values.mutant === undefined) {
  for await (const report of exploreAll([])) {
    print(report);
    if (report.violation !== undefined) failed = true;
  }
}
const mutants =
  values.mutant === undefined ? (values.only === undefined ? MUST_BE_FOUND : []) : [values.mutant];
for (const name of mutants) {
  const found = await firstFound(name);
  if (found) {
    console.log(`mutant ${name}: found after ${found.states} states (${found.bounds.name})`);
    if (values.mutant !== undefined) print(found);
  } else {
    console.log(`mutant ${name}: NOT FOUND`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;

/**
 * @param {readonly import('./simulation/bundle.mjs').Edit[]} edits
 * @param {string} [name]
 * @param {boolean} [isReversed]
 * @param {typeof limits} [within]
 */
async function* exploreAll(edits, name = 'simulation', isReversed = false, within = limits) {
  /** @type {Simulator} */
  const { BOUNDS, explore } = await import(await bundle(name, edits));
  for (const bounds of isReversed ? [...BOUNDS].reverse() : BOUNDS) {
    if (values.only !== undefined && bounds.name !== values.only) continue;
    yield explore(bounds, within, () => performance.now());
  }
}

/** @param {string} name */
async function firstFound(name) {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  if (!mutant) throw new Error(`there is no mutant ${name}`);
  // First a look at the beginnings of all, for most are found there. The bounds with most kinds of faults
  // come last, and show most: a mutant is looked for there first.
  for (const within of [{ ...limits, states: FIRST_STATES }, limits]) {
    for await (const report of exploreAll(mutant.edits, `mutants/${name}`, true, within)) {
      if (report.violation !== undefined) return report;
    }
  }
  return undefined;
}

/** @param {Exploration} report */
function print({ bounds, states, merged, localStates, ends, depth, stoppedBy, violation, path }) {
  const reached =
    stoppedBy === 'nothing' ? 'everything within the bounds' : `stopped by ${stoppedBy}`;
  console.log(
    `${bounds.name}: ${states} states to depth ${depth} (${merged} merged, ${localStates} of single ` +
      `nodes), ${ends} followed to their end; ${reached}; ${violation ?? 'no violation'}`,
  );
  if (violation !== undefined) for (const action of path) console.log(`    ${action}`);
}
