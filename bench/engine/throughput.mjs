// @ts-check
import { YOUNG_GENERATION_FLAG } from '../../scripts/cluster/programs.mjs';
import { inMs, printTable, whole } from './report.mjs';
import { processorUs, withRig } from './rig.mjs';
import { medianOf } from './statistics.mjs';

/** @typedef {import('./node-process.mjs').NodeProcess} NodeProcess */
/** @typedef {import('./rig.mjs').Rig} Rig */
/** @typedef {import('./load.mjs').Measured} Measured */
/** @typedef {Measured & { backupUs: number, busUs: number }} Round */

const ROUND_MS = 2_000;
const SESSIONS = { count: 8_192, bytes: 1_000 };
const IN_FLIGHT = [256, 1_024, 2_048];

/** Node by itself, and as the launcher, the image and the compose file start a shop. */
const FLAGS = [[], [YOUNG_GENERATION_FLAG]];

/**
 * @typedef {object} Pair  An owner and its backup, started with the same flags.
 * @property {readonly string[]} flags
 * @property {NodeProcess} owner
 * @property {NodeProcess} backup
 * @property {Round[][]} measured  By number of commits in flight.
 */

/**
 * Commits a second through one owner, each waiting for its copy, and what they cost each process.
 * Afterwards the owner is killed and the backup is asked for every session: what was acknowledged
 * must be there, once.
 *
 * @param {{ rounds: number, execArgv?: readonly string[] }} options
 */
export async function measureThroughput({ rounds, execArgv = [] }) {
  await withRig(async (rig) => {
    /** @type {Pair[]} */
    const pairs = [];
    for (const flags of FLAGS) pairs.push(await startPair(rig, flags, execArgv));
    for (let round = 0; round < rounds; round++) {
      for (const pair of pairs) await measureRound(rig, pair);
    }
    for (const pair of pairs) {
      console.log(`  node ${pair.flags.join(' ') || 'without flags'}`);
      print(pair.measured);
      // A killed process writes no profile.
      if (execArgv.length === 0) await verify(pair);
    }
  });
}

/**
 * @param {Rig} rig
 * @param {readonly string[]} flags
 * @param {readonly string[]} execArgv
 * @returns {Promise<Pair>}
 */
async function startPair(rig, flags, execArgv) {
  const cluster = `bench${flags.length}`;
  const options = { execArgv: [...flags, ...execArgv] };
  const owner = await rig.node(cluster, 'owner', options);
  const backup = await rig.node(cluster, 'backup', options);
  await rig.settled([owner, backup]);
  await owner.call('create', SESSIONS);
  await owner.call('closed', load(IN_FLIGHT[0] ?? 1));
  return { flags, owner, backup, measured: IN_FLIGHT.map(() => []) };
}

/** @param {Rig} rig @param {Pair} pair */
async function measureRound(rig, { owner, backup, measured }) {
  for (const [index, loops] of IN_FLIGHT.entries()) {
    const before = [await cpuUsOf(backup), processorUs(rig.busPid)];
    const result = /** @type {Measured} */ (await owner.call('closed', load(loops)));
    measured[index]?.push({
      ...result,
      backupUs: (await cpuUsOf(backup)) - (before[0] ?? 0),
      busUs: processorUs(rig.busPid) - (before[1] ?? 0),
    });
  }
}

/** @param {number} loops */
function load(loops) {
  return { loops, durationMs: ROUND_MS, durability: 'backup' };
}

/** @param {NodeProcess} node @returns {Promise<number>} */
function cpuUsOf(node) {
  return node.call('cpuUs');
}

/** @param {readonly (readonly Round[])[]} measured */
function print(measured) {
  printTable([
    ['in flight', 'commits/s', 'p50', 'p99', 'owner µs', 'backup µs', 'bus µs'],
    ...measured.map((rounds, index) => [
      String(IN_FLIGHT[index]),
      whole(medianOf(rounds, ({ count, seconds }) => count / seconds)),
      inMs(medianOf(rounds, ({ p50Ms }) => p50Ms)),
      inMs(medianOf(rounds, ({ p99Ms }) => p99Ms)),
      medianOf(rounds, ({ cpuUs, count }) => cpuUs / count).toFixed(2),
      medianOf(rounds, ({ backupUs, count }) => backupUs / count).toFixed(2),
      medianOf(rounds, ({ busUs, count }) => busUs / count).toFixed(2),
    ]),
  ]);
  const all = measured.map((rounds) => rounds.map(({ count, seconds }) => whole(count / seconds)));
  console.log(`  rounds: ${all.map((rates) => rates.join(', ')).join(' | ')}`);
}

/** @param {Pair} pair */
async function verify({ owner, backup }) {
  const ledger = /** @type {{ key: string, acknowledged: number }[]} */ (
    await owner.call('ledger')
  );
  await owner.kill();
  const keys = ledger.map(({ key }) => key);
  const found = /** @type {number[]} */ (
    await backup.call('visits', { keys, failedNode: owner.id })
  );
  const total = ledger.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const lost = ledger.filter(({ acknowledged }, at) => (found[at] ?? -1) < acknowledged).length;
  const doubled = ledger.filter(({ acknowledged }, at) => (found[at] ?? -1) > acknowledged).length;
  console.log(
    `  owner killed; of ${whole(total)} acknowledged commits to ${whole(keys.length)} sessions the ` +
      `backup lacks some in ${lost} sessions and has too many in ${doubled}`,
  );
  if (lost + doubled > 0) process.exitCode = 1;
}
