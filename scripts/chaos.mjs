// @ts-check
// `npm run chaos`: ends nodes under load and counts every acknowledged change; see --help.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallLog } from './chaos/call-log.mjs';
import { clusterTarget } from './chaos/cluster-target.mjs';
import { ARTICLES, MAX_PER_ARTICLE } from './chaos/limits.mjs';
import { CHAOS_HELP, parseChaosOptions } from './chaos/options.mjs';
import { seededRandom } from './chaos/random.mjs';
import { report } from './chaos/report.mjs';
import { runShopping } from './chaos/run-shopping.mjs';
import { readArticles, sdkShop } from './chaos/sdk-shop.mjs';
import { Shopper } from './chaos/shopper.mjs';
import { strikeRepeatedly } from './chaos/strike.mjs';
import { isClean } from './chaos/verdict.mjs';
import { Weather } from './chaos/weather.mjs';
import { build } from './cluster/build.mjs';
import { explainError } from './cluster/errors.mjs';
import { startSystem } from './cluster/system.mjs';
import { sleep } from './cluster/wait-for.mjs';
import { describeEvent } from './start/commands.mjs';

/**
 * @typedef {import('./chaos/options.mjs').ChaosOptions} ChaosOptions
 * @typedef {import('./cluster/system.mjs').System} System
 */

const say = (/** @type {string} */ line) => console.log(line);

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explainError(error));
  process.exitCode = 1;
}
process.exit();

/** @returns {Promise<number>} */
async function main() {
  const options = parseChaosOptions(process.argv.slice(2), Math.floor(Math.random() * 2 ** 31));
  if (options.help) {
    say(CHAOS_HELP);
    return 0;
  }
  await build();
  const directory = mkdtempSync(join(tmpdir(), 'understudy-chaos-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // The guard ends the processes, as it does for every launcher that leaves early.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
  /** @type {string[]} */
  const mishaps = [];
  const system = await startSystem({
    nodes: options.nodes,
    directory,
    bus: options.bus,
    assignment: options.assignment,
    adapter: options.adapter,
    onEvent: (event) => {
      if (event.type === 'up' || event.type === 'left') return;
      if (event.type === 'died' && event.onPurpose) return;
      mishaps.push(describeEvent(event));
    },
  });
  try {
    return await shopThroughKills(system, options, mishaps);
  } finally {
    await system.stop();
  }
}

/**
 * @param {System} system
 * @param {ChaosOptions} options
 * @param {readonly string[]} mishaps  What happened to the processes without our doing, so far.
 * @returns {Promise<number>} The exit code.
 */
async function shopThroughKills(system, options, mishaps) {
  const { nodes, shoppers: count, signal, assignment, adapter, seed } = options;
  say(`${nodes} nodes (${adapter}), ${assignment} balancer, ${system.bus.description}`);
  say(`${count} shoppers, ${signal}, seed ${seed}`);
  const random = seededRandom(seed);
  const log = new CallLog();
  const weather = new Weather();
  const articles = await readArticles(system.url, ARTICLES);
  const nodeUrls = () => system.shops.flatMap((shop) => shop.url ?? []);
  const shoppers = Array.from({ length: count }, (_, index) => {
    return new Shopper({
      name: `s${index + 1}`,
      enter: () => sdkShop(system.url, nodeUrls),
      articles,
      maxPerArticle: MAX_PER_ARTICLE,
      // A stream of its own: one more draw by one shopper must not change what the others do.
      random: seededRandom(seed + 1 + index),
      log,
      weather,
    });
  });
  const sessions = () => shoppers.flatMap((shopper) => shopper.sessions);
  const startedAtMs = performance.now();
  let kills = 0;
  const verdict = await runShopping({
    shoppers,
    log,
    disturb: async () => {
      const result = await strikeRepeatedly({
        target: clusterTarget(system, sessions, signal),
        weather,
        random,
        kills: options.kills,
        deadlineMs: (options.seconds ?? Number.POSITIVE_INFINITY) * 1_000,
        say,
        now: () => performance.now(),
        sleep,
      });
      kills = result.kills;
      return result.faults;
    },
  });
  const durationMs = performance.now() - startedAtMs;
  const complete = { ...verdict, faults: [...verdict.faults, ...mishaps] };
  const clean = isClean(complete);
  if (!clean) showOutput(system);
  say(report({ log, verdict: complete, kills, durationMs }));
  return clean ? 0 : 1;
}

/** @param {System} system */
function showOutput(system) {
  for (const process of [...system.shops.map((shop) => shop.process), system.balancer]) {
    const lines = process?.output.last(15) ?? [];
    if (lines.length > 0) say(`Last output of ${process?.name}:\n  ${lines.join('\n  ')}`);
  }
}
