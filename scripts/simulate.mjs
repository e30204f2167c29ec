// @ts-check
// Runs the engine under virtual time, with faults, and judges the histories. docs/simulation.md
import { parseArgs } from 'node:util';
import { bundle } from './simulation/bundle.mjs';
import { runMany } from './simulation/run-many.mjs';
import { runOne } from './simulation/run-one.mjs';

const HELP = `npm run simulate -- [options]

  --seeds N          how many seeds of each profile; default 100
  --from K           the first one; default 1, or with --report the one after the last
  --profile P        this profile only
  --seed K           this seed only
  --threads N        default: one per core
  --strict           known gaps of the engine fail, too
  --report FILE      adds the clean seeds to those of the same engine in FILE; with --seed and
                     --profile, runs one of its failed seeds again
  --no-shrink        a failing seed is printed as it is

with --seed, and --profile P if it is not to be 'everything':
  --trace            prints what happened, one column per node
  --key LETTERS      only what concerns this key
  --html FILE        writes the trace as a page
  --shrink RULE      the smallest run that breaks the rule
`;

/** Whose story is told unless another is asked for: the one with all faults. */
const TRACED = 'everything';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    threads: { type: 'string' },
    trace: { type: 'boolean', default: false },
    key: { type: 'string', default: '' },
    html: { type: 'string' },
    shrink: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});

if (values.help) console.log(HELP);
else process.exitCode = await main();

/** @returns {Promise<number>} */
async function main() {
  const module = await bundle('simulation');
  /** @type {typeof import('../packages/replication/dist/simulation/index.js')} */
  const simulator = await import(module);
  const profiles = simulator.PROFILES.filter((name) => !values.profile || name === values.profile);
  const [profile] = profiles;
  if (profile === undefined) {
    console.error(`--profile ${values.profile}: expected one of ${simulator.PROFILES.join(', ')}`);
    return 2;
  }
  const { key, html, shrink, trace, strict } = values;
  if (trace || html !== undefined || shrink !== undefined) {
    if (values.seed === undefined) {
      console.error('--trace, --html and --shrink need --seed');
      return 2;
    }
    const run = { seed: Number(values.seed), profile: values.profile ? profile : TRACED };
    return runOne(simulator, run, { key, html, shrink, trace });
  }
  return await runMany(simulator, module, {
    profiles,
    first: values.seed ?? values.from,
    count: values.seed === undefined ? Number(values.seeds) : 1,
    threads: values.threads === undefined ? undefined : Number(values.threads),
    strict,
    report: values.report,
    shrinks: !values['no-shrink'],
  });
}
