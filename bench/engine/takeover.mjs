// @ts-check
import { drawHistogram } from '../../scripts/chaos/histogram.mjs';
import { inMs } from './report.mjs';
import { withRig } from './rig.mjs';
import { summarize } from './statistics.mjs';

const SESSIONS = { count: 100, bytes: 1_000 };
/** A node that has just come needs more evidence to be taken for gone. */
const ESTABLISHED_MS = 1_500;

/**
 * The owner is killed with SIGKILL; at that moment a request for each of its sessions reaches one of
 * the two nodes that are left, with the hint a balancer gives. Measured until it has opened the
 * session and committed to it. The owner has been a member for a while, as most that crash have.
 *
 * @param {{ rounds: number }} options
 */
export async function measureTakeover({ rounds }) {
  /** @type {number[]} */
  const tookMs = [];
  await withRig(async (rig) => {
    const first = await rig.node('bench', 's1');
    const second = await rig.node('bench', 's2');
    for (let round = 0; round < rounds; round++) {
      const owner = await rig.node('bench', `o${round}`);
      await rig.settled([owner, first, second]);
      await new Promise((resolve) => setTimeout(resolve, ESTABLISHED_MS));
      const sessions = /** @type {{ key: string }[]} */ (await owner.call('create', SESSIONS));
      const keys = sessions.map(({ key }) => key);
      const killedNs = String(process.hrtime.bigint());
      owner.signal('SIGKILL');
      const halves = [first, second].map((node, half) =>
        node.call('takeOver', {
          keys: keys.filter((_, index) => index % 2 === half),
          failedNode: owner.id,
          killedNs,
        }),
      );
      for (const half of /** @type {number[][]} */ (await Promise.all(halves))) {
        tookMs.push(...half);
      }
    }
  });
  const { count, p50Ms, p99Ms, maxMs } = summarize(tookMs);
  console.log(drawHistogram(tookMs));
  console.log(
    `  ${count} requests after ${rounds} kills: p50 ${inMs(p50Ms)}, p99 ${inMs(p99Ms)}, ` +
      `max ${inMs(maxMs)}`,
  );
}
