// @ts-check
import { printTable, whole } from './report.mjs';
import { withRig } from './rig.mjs';

/** @typedef {import('./counting-transport.mjs').CountingTransport['sent']} Sent */

const ROUND_MS = 1_000;
/** Large sessions in smaller numbers: it is the frames of changes that count, not their copies. */
const CASES = [
  { bytes: 1_000, loops: 1 },
  { bytes: 1_000, loops: 256 },
  { bytes: 200_000, loops: 1 },
  { bytes: 200_000, loops: 32 },
];

/**
 * Payload bytes on the bus for one small change: what the owner sends and what the backup answers,
 * without the lines NATS puts before a message. A round starts when every session has its copy.
 */
export async function measureWireBytes() {
  await withRig(async (rig) => {
    const owner = await rig.node('bench', 'owner');
    const backup = await rig.node('bench', 'backup');
    await rig.settled([owner, backup]);
    const rows = [['session', 'in flight', 'commits', 'owner', 'answers', 'sum', 'per frame']];
    for (const { bytes, loops } of CASES) {
      await owner.call('create', { count: loops, bytes });
      const before = await sentBy(owner, backup);
      const load = { loops, durationMs: ROUND_MS, durability: 'backup' };
      const { count } = /** @type {{ count: number }} */ (await owner.call('closed', load));
      const after = await sentBy(owner, backup);
      const [out, answers] = after.map((sent, at) => minus(sent, before[at]));
      rows.push([
        `${bytes / 1000} KB`,
        String(loops),
        whole(count),
        perCommit(out?.bytes, count),
        perCommit(answers?.bytes, count),
        perCommit((out?.bytes ?? 0) + (answers?.bytes ?? 0), count),
        (count / (out?.messages ?? 1)).toFixed(1),
      ]);
    }
    printTable(rows);
  });
}

/** @param {import('./node-process.mjs').NodeProcess[]} nodes */
async function sentBy(...nodes) {
  const sent = /** @type {Sent[]} */ (await Promise.all(nodes.map((node) => node.call('sent'))));
  return sent.map(({ replication }) => replication);
}

/**
 * @param {Sent['replication']} after
 * @param {Sent['replication'] | undefined} before
 */
function minus(after, before) {
  return {
    messages: after.messages - (before?.messages ?? 0),
    bytes: after.bytes - (before?.bytes ?? 0),
  };
}

/** @param {number | undefined} bytes @param {number} count */
function perCommit(bytes, count) {
  return `${((bytes ?? 0) / count).toFixed(1)} B`;
}
