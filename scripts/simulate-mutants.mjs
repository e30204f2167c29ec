// @ts-check
// Plants one defect after another in a copy of the engine and counts how many seeds it takes until
// the checker finds it. A checker that finds none of them proves nothing by finding nothing.
import { parseArgs } from 'node:util';
import { ELSEWHERE, MUTANTS } from './mutants/index.mjs';
import { bundle } from './simulation/bundle.mjs';
import { runInOrder } from './simulation/pool.mjs';
import { jobs } from './simulation/run-many.mjs';

/** @typedef {import('./mutants/types.js').Mutant} Mutant */
/** @typedef {import('../packages/replication/dist/simulation/index.js').Profile} Profile */

const HELP = `npm run simulate:mutants -- [options]

  --most N       a mutant that this many seeds do not find fails the run; default 300
  --only NAME    this mutant alone
  --no-control   does not run the engine as it is over as many seeds

Names: ${MUTANTS.map(({ name }) => name).join(', ')}
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    most: { type: 'string', default: '300' },
    only: { type: 'string' },
    'no-control': { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const most = Number(values.most);
const chosen = MUTANTS.filter(({ name }) => !values.only || name === values.only);
/** @type {{ name: string, seeds: number }[]} */
const killed = [];
/** @type {string[]} */
const survived = [];
const startedMs = performance.now();

const unchanged = await bundle('simulation');
/** @type {typeof import('../packages/replication/dist/simulation/index.js')} */
const { PROFILES } = await import(unchanged);

for (const mutant of chosen) {
  const module = await bundle(`mutants/${mutant.name}`, mutant.edits);
  const { seeds, verdict } = await firstFailure(module, mutant.profiles ?? PROFILES);
  const head = `${String(mutant.number).padStart(5)} ${mutant.name.padEnd(34)}`;
  if (verdict === undefined) {
    survived.push(mutant.name);
    console.log(`${head} SURVIVED ${seeds} seeds: ${mutant.why}`);
  } else {
    killed.push({ name: mutant.name, seeds });
    console.log(`${head} killed after ${String(seeds).padStart(3)}: ${verdict}`);
  }
}
for (const { number, name, reason } of ELSEWHERE) {
  console.log(`${String(number).padStart(5)} ${name.padEnd(34)} tested elsewhere: ${reason}`);
}
const control = values['no-control'] ? undefined : await firstFailure(unchanged, PROFILES);
if (control) {
  console.log(
    control.verdict === undefined
      ? `      control: the engine as it is passed ${control.seeds} seeds`
      : `      control: the engine as it is FAILED after ${control.seeds}: ${control.verdict}`,
  );
}
const needed = killed.map(({ seeds }) => seeds).sort((a, b) => a - b);
console.log(
  `${killed.length} of ${chosen.length} killed, median ${needed[needed.length >> 1] ?? 0} seeds, most ${needed.at(-1) ?? 0}`,
);
console.error(`${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
process.exitCode = survived.length > 0 || control?.verdict !== undefined ? 1 : 0;

/**
 * @param {string} module
 * @param {readonly Profile[]} profiles
 */
async function firstFailure(module, profiles) {
  let seeds = 0;
  /** @type {string | undefined} */
  let verdict;
  const perProfile = Math.ceil(most / profiles.length);
  await runInOrder(module, jobs(profiles, 1, perProfile), ({ seed, profile, violations }) => {
    seeds++;
    const [first] = violations;
    if (!first) return true;
    verdict = `${first.rule} (${profile} ${seed})`;
    return false;
  });
  return { seeds, verdict };
}
