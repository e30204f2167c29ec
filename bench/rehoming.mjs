// @ts-check
// `npm run bench:rehoming`: how evenly six nodes are used of which three join later, with sessions
// that move and with sessions that stay. Real shops, a real bus, the real balancer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readMetrics } from '../scripts/cluster/admin.mjs';
import { startSystem } from '../scripts/cluster/system.mjs';
import { loadLine, machineLine, printTable, whole } from './engine/report.mjs';
import { KeepAliveClient } from './http/keep-alive-client.mjs';
import { Shopper } from './rehoming/shopper.mjs';
import { ZipfLoad } from './rehoming/zipf-load.mjs';

/** @typedef {Map<string, number>} Counts  By name of the node. */

const NODES = 3;
const WINDOW_S = 10;
/** Windows after the nodes have joined; in the last one the target holds. */
const WINDOWS = 6;
const BEFORE_S = 10;
const ENTER_TRIES = 10;
/** A node may have so many times the mean, within a minute. */
const MOST = 1.25;

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '400' },
    'per-second': { type: 'string', default: '60' },
    /** Sessions that may leave a node in a second. */
    pace: { type: 'string', default: '50' },
  },
});
const sessions = Number(values.sessions);
const perSecond = Number(values['per-second']);
const pace = Number(values.pace);
if (!(sessions >= 1) || !(perSecond >= 1) || !(pace >= 1)) {
  console.error('usage: rehoming.mjs [--sessions N] [--per-second N] [--pace N]');
  process.exit(2);
}

console.log(machineLine());
const moves = await run(pace);
const stays = await run(0);
const windows = Array.from(
  { length: WINDOWS },
  (_, at) => `${at * WINDOW_S}-${at * WINDOW_S + WINDOW_S} s`,
);
console.log(`\nlargest share of a node over the mean; ${NODES} nodes, and ${NODES} more at 0 s`);
printTable([
  ['sessions', 'before', ...windows, 'requests', 'failed', 'lost'],
  ['stay', ...stays.cells],
  [`move, ${pace} a second`, ...moves.cells],
]);
const last = moves.shares.at(-1) ?? Number.NaN;
const verdict = last <= MOST ? 'reached' : 'not reached';
console.log(`  after a minute: ${last.toFixed(2)}, at most ${MOST}: ${verdict}`);
console.log(`\nload at the end ${loadLine()}`);
for (const failure of [...new Set([...stays.failures, ...moves.failures])].slice(0, 5)) {
  console.error(failure);
}
process.exit(stays.isWhole && moves.isWhole ? 0 : 1);

/** @param {number} sessionsPerSecond */
async function run(sessionsPerSecond) {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
  const balancerEnv = {
    BALANCER_REHOMING_SESSIONS_PER_SECOND: String(sessionsPerSecond),
    // A node that is late on a machine full of others is not to lose its sessions for that.
    BALANCER_HEALTH_TIMEOUT_MS: '5000',
  };
  const system = await startSystem({ nodes: NODES, directory, balancerEnv });
  try {
    const port = Number(new URL(system.url).port);
    const load = new ZipfLoad(port, await enter(port), {
      perSecond,
      sku: await firstArticle(system.url),
    });
    load.start();
    // What the first requests of a process cost is not what is asked here.
    await sleep(BEFORE_S * 1_000);
    const shares = [await shareOver(system.adminUrl)];
    await Promise.all(Array.from({ length: NODES }, () => system.addShop()));
    for (let window = 0; window < WINDOWS; window++) shares.push(await shareOver(system.adminUrl));
    await load.stop();
    const unanswered = load.underWay;
    const told = shares.map((share) => share.toFixed(2)).join(' ');
    console.log(`  ${sessionsPerSecond} sessions a second: ${told}`);
    const lost = await load.countLost();
    load.close();
    const { answered, failures } = load;
    const failed = failures.length + unanswered;
    const counted = [whole(answered), String(failed), String(lost)];
    const cells = [...shares.map((share) => share.toFixed(2)), ...counted];
    return { shares, cells, failures, isWhole: lost === 0 && failed === 0 };
  } finally {
    await system.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {number} port */
async function enter(port) {
  const client = new KeepAliveClient(port);
  const shoppers = Array.from({ length: sessions }, () => new Shopper());
  for (const shopper of shoppers) {
    // Nodes that have just started may be late; nothing is counted yet.
    for (let tries = 1; ; tries++) {
      const failure = await shopper.enter(client).then(
        () => undefined,
        (error) => error,
      );
      if (failure === undefined) break;
      if (tries === ENTER_TRIES) throw failure;
    }
  }
  client.close();
  return shoppers;
}

/** @param {string} url */
async function firstArticle(url) {
  const response = await fetch(`${url}/api/products`);
  const [{ sku }] = /** @type {[{ sku: string }]} */ (await response.json());
  return sku;
}

/** @param {string} adminUrl */
async function shareOver(adminUrl) {
  const before = await requestsOf(adminUrl);
  await sleep(WINDOW_S * 1_000);
  const after = await requestsOf(adminUrl);
  const counts = Array.from(after, ([node, count]) => count - (before.get(node) ?? 0));
  return (Math.max(...counts) * counts.length) / counts.reduce((sum, count) => sum + count, 0);
}

/** @param {string} adminUrl @returns {Promise<Counts>} */
async function requestsOf(adminUrl) {
  const text = await readMetrics(adminUrl);
  const lines = text.matchAll(/^understudy_balancer_node_requests_total\{node="([^"]+)"\} (\d+)/gm);
  return new Map(Array.from(lines, ([, node = '', count]) => [node, Number(count)]));
}
