// @ts-check
import { drawHistogram } from '../../scripts/chaos/histogram.mjs';
import { inMs } from './report.mjs';
import { withRig } from './rig.mjs';
import { summarize } from './statistics.mjs';

/** Requests under way at a moderate load, and many more. */
const COUNTS = [16, 100];
const SESSION_BYTES = 1_000;
/** A node that has just come needs more evidence to be taken for gone. */
const ESTABLISHED_MS = 1_500;

/**
 * The owner is killed with SIGKILL. When its process has ended, which is when a connection to it is
 * refused, a request for each of its sessions reaches the node that holds a copy, with the hint a
 * balancer gives. Measured until it has opened the session and committed to it. The owner has been a
 * member for a while, as most that crash have; to the others it is the first crash.
 *
 * @param {{ rounds: number }} options
 */
export async function measureTakeover({ rounds }) {
  for (const count of COUNTS) {
    /** @type {number[]} */
    const tookMs = [];
    for (let round = 0; round < rounds; round++) {
      await withRig(async (rig) => {
        tookMs.push(...(await takeOverAll(rig, count)));
      });
    }
    const { p50Ms, p99Ms, maxMs } = summarize(tookMs);
    console.log(drawHistogram(tookMs));
    console.log(
      `  ${count} requests at once, after each of ${rounds} kills: p50 ${inMs(p50Ms)}, ` +
        `p99 ${inMs(p99Ms)}, max ${inMs(maxMs)}`,
    );
  }
}

/**
 * @param {import('./rig.mjs').Rig} rig
 * @param {number} count  Of sessions.
 * @returns {Promise<number[]>} Milliseconds from the end of the owner, for each of them.
 */
async function takeOverAll(rig, count) {
  const owner = await rig.node('bench', 'o');
  const others = [await rig.node('bench', 's1'), await rig.node('bench', 's2')];
  await rig.settled([owner, ...others]);
  await new Promise((resolve) => setTimeout(resolve, ESTABLISHED_MS));
  const sessions = /** @type {{ key: string, backup: string }[]} */ (
    await owner.call('create', { count, bytes: SESSION_BYTES })
  );
  await owner.kill();
  const goneNs = String(process.hrtime.bigint());
  const answers = others.map((node) =>
    node.call('takeOver', {
      keys: sessions.filter(({ backup }) => backup === node.id).map(({ key }) => key),
      failedNode: owner.id,
      goneNs,
    }),
  );
  return /** @type {number[][]} */ (await Promise.all(answers)).flat();
}
