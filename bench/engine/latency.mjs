// @ts-check
import { inMs, printTable } from './report.mjs';
import { withRig } from './rig.mjs';
import { medianOf } from './statistics.mjs';

/** @typedef {import('./load.mjs').Measured} Measured */

const ROUND_MS = 1_000;
const SESSIONS = { count: 500, bytes: 1_000 };
const PER_SECOND = 500;

/**
 * What a copy elsewhere costs a commit: one node without backups, a pair that does not wait for the
 * copy, a pair that does; the three in turn, so that what else the machine does falls on all.
 *
 * @param {{ rounds: number }} options
 */
export async function measureLatency({ rounds }) {
  await withRig(async (rig) => {
    const alone = await rig.node('bench-alone', 'alone', { backups: 0 });
    const owner = await rig.node('bench-pair', 'owner');
    const backup = await rig.node('bench-pair', 'backup');
    await rig.settled([owner, backup]);
    await Promise.all([alone.call('create', SESSIONS), owner.call('create', SESSIONS)]);
    const subjects = [
      { name: 'one node alone', node: alone, durability: 'async' },
      { name: 'async', node: owner, durability: 'async' },
      { name: 'backup', node: owner, durability: 'backup' },
    ];
    const closed = { loops: 1, durationMs: ROUND_MS };
    const paced = { perSecond: PER_SECOND, durationMs: ROUND_MS };
    for (const { node, durability } of subjects)
      await node.call('closed', { ...closed, durability });
    /** @type {{ closed: Measured[][], paced: Measured[][] }} */
    const measured = { closed: subjects.map(() => []), paced: subjects.map(() => []) };
    for (let round = 0; round < rounds; round++) {
      for (const [index, { node, durability }] of subjects.entries()) {
        measured.closed[index]?.push(await node.call('closed', { ...closed, durability }));
        measured.paced[index]?.push(await node.call('paced', { ...paced, durability }));
      }
    }
    const names = subjects.map(({ name }) => name);
    print('one commit after the other', names, measured.closed);
    print(`${PER_SECOND} commits a second`, names, measured.paced);
  });
}

/**
 * @param {string} title
 * @param {readonly string[]} names  The last one is compared with those before it.
 * @param {readonly (readonly Measured[])[]} rounds
 */
function print(title, names, rounds) {
  const p50 = rounds.map((of) => medianOf(of, ({ p50Ms }) => p50Ms));
  const p99 = rounds.map((of) => medianOf(of, ({ p99Ms }) => p99Ms));
  console.log(`${title}:`);
  printTable([
    ['', 'p50', 'p99', 'added p50', 'added p99'],
    ...names.map((name, index) => [
      name,
      inMs(p50[index] ?? 0),
      inMs(p99[index] ?? 0),
      inMs((p50[index] ?? 0) - (p50[0] ?? 0)),
      inMs((p99[index] ?? 0) - (p99[0] ?? 0)),
    ]),
  ]);
}
