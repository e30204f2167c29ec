// @ts-check
// One node in a process of its own. Obeys the runner, which is its parent, and ends with it.
import { natsTransport, SessionCluster } from '../../packages/replication/dist/index.js';
import { serveCommands } from '../serve-commands.mjs';
import { CountingTransport } from './counting-transport.mjs';
import { Load } from './load.mjs';

const [, , servers, name, id, backups] = process.argv;
if (!servers || !name || !id || !process.send) throw new Error('started by bench/engine.mjs only');

/** Between two attempts of a request that is told to come again. */
const RETRY_MS = 5;

const transport = new CountingTransport(await natsTransport({ servers }));
const cluster = await SessionCluster.start({
  transport,
  cluster: { name },
  node: { id, label: id },
  backups: Number(backups),
});
const load = new Load(cluster);

/** @type {Record<string, (argument: never) => unknown>} */
const commands = {
  activeMembers: () => cluster.members().filter(({ state }) => state === 'active').length,
  create: load.create.bind(load),
  closed: load.closed.bind(load),
  paced: load.paced.bind(load),
  pacedByBackup: load.pacedByBackup.bind(load),
  ledger: load.ledger.bind(load),
  sent: () => transport.sent,
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  visits,
  takeOver,
};

serveCommands(commands);
process.send('ready');

/**
 * What these sessions count; -1 where a session is not to be found.
 *
 * @param {{ keys: readonly string[], failedNode: string }} wanted
 */
async function visits({ keys, failedNode }) {
  return Promise.all(
    keys.map(async (key) => {
      const result = await opened(key, failedNode);
      return result.status === 'found' ? Number(result.snapshot.document.data.visits) : -1;
    }),
  );
}

/**
 * One request per session, all at once: opens it and commits to it, as a handler would.
 *
 * @param {{ keys: readonly string[], failedNode: string, goneNs: string }} wanted
 * @returns {Promise<number[]>} Milliseconds from the end of the failed node to the answer.
 */
async function takeOver({ keys, failedNode, goneNs }) {
  return Promise.all(
    keys.map(async (key) => {
      const result = await opened(key, failedNode);
      if (result.status !== 'found') throw new Error(`a session was ${result.status}`);
      await cluster.commit({
        key,
        base: result.snapshot.version,
        operations: [{ kind: 'increment', path: ['data', 'visits'], by: 1 }],
      });
      return Number(process.hrtime.bigint() - BigInt(goneNs)) / 1e6;
    }),
  );
}

/** @param {string} key @param {string} failedNode */
async function opened(key, failedNode) {
  for (;;) {
    try {
      return await cluster.open(key, { failedNode });
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'ERR_SESSION_UNAVAILABLE') throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
