// @ts-check
import { inMs, printTable, whole } from './report.mjs';
import { withRig } from './rig.mjs';
import { medianOf } from './statistics.mjs';

/** @typedef {import('./node-process.mjs').NodeProcess} NodeProcess */
/** @typedef {import('./statistics.mjs').Latencies} Latencies */
/** @typedef {{ placed: Latencies, others: Latencies }} Phase */

const SESSIONS = { count: 600, bytes: 1_000 };
const PER_SECOND = 1_000;
const CALM_MS = 2_000;
/** Past the suspicion, the substitution of the backup and the first half of its way to the dead. */
const FROZEN_MS = 2_500;

/**
 * One of three backups stops under load, as a process does that swaps or is being debugged. Commits
 * of records with a copy elsewhere must not notice; those placed on it wait until another node has
 * their copy.
 *
 * @param {{ rounds: number }} options
 */
export async function measureFrozenBackup({ rounds }) {
  /** @type {{ calm: Phase, frozen: Phase, after: Phase }[]} */
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    // A cluster of its own for each round: after one, the records of the frozen node are elsewhere.
    await withRig(async (rig) => {
      const owner = await rig.node('bench', 'owner');
      const backups = [];
      for (const id of ['b1', 'b2', 'b3']) backups.push(await rig.node('bench', id));
      await rig.settled([owner, ...backups]);
      await owner.call('create', SESSIONS);
      const [frozen] = backups;
      if (frozen) measured.push(await freeze(owner, frozen));
    });
  }
  print(measured);
}

/**
 * @param {NodeProcess} owner
 * @param {NodeProcess} frozen
 */
async function freeze(owner, frozen) {
  const load = (/** @type {number} */ durationMs) =>
    /** @type {Promise<Phase>} */ (
      owner.call('pacedByBackup', { perSecond: PER_SECOND, durationMs, backup: frozen.id })
    );
  await load(CALM_MS);
  const calm = await load(CALM_MS);
  frozen.signal('SIGSTOP');
  let during;
  try {
    during = await load(FROZEN_MS);
  } finally {
    frozen.signal('SIGCONT');
  }
  return { calm, frozen: during, after: await load(CALM_MS) };
}

/** @param {readonly { calm: Phase, frozen: Phase, after: Phase }[]} measured */
function print(measured) {
  const rows = [['', 'commits', 'p50', 'p99', 'max']];
  for (const group of /** @type {const} */ (['others', 'placed'])) {
    for (const phase of /** @type {const} */ (['calm', 'frozen', 'after'])) {
      const all = measured.map((round) => round[phase][group]);
      rows.push([
        `${group === 'others' ? 'placed elsewhere' : 'placed on it'}, ${phase}`,
        whole(all.reduce((sum, { count }) => sum + count, 0)),
        inMs(medianOf(all, ({ p50Ms }) => p50Ms)),
        inMs(medianOf(all, ({ p99Ms }) => p99Ms)),
        inMs(Math.max(...all.map(({ maxMs }) => maxMs))),
      ]);
    }
  }
  printTable(rows);
  const change = medianOf(measured, ({ calm, frozen }) => frozen.others.p99Ms - calm.others.p99Ms);
  console.log(`  p99 of what is placed elsewhere changes by ${inMs(change)} (median of rounds)`);
}
