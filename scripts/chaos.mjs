// @ts-check
// `npm run chaos`: ends nodes under load and counts every acknowledged change; see --help.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busTarget } from './chaos/bus-target.mjs';
import { CallLog } from './chaos/call-log.mjs';
import { clusterTarget, everyNodeTarget, rollTarget } from './chaos/cluster-target.mjs';
import { Diary } from './chaos/diary.mjs';
import { failoverBuckets, landings } from './chaos/failovers.mjs';
import { makePeople } from './chaos/make-people.mjs';
import { CHAOS_HELP, parseChaosOptions } from './chaos/options.mjs';
import { startOwnBus } from './chaos/own-bus.mjs';
import { startOwnRedis } from './chaos/own-redis.mjs';
import { seededRandom } from './chaos/random.mjs';
import { report } from './chaos/report.mjs';
import { rollThrough } from './chaos/roll.mjs';
import { runShopping } from './chaos/run-shopping.mjs';
import { strikeRepeatedly } from './chaos/strike.mjs';
import { isClean } from './chaos/verdict.mjs';
import { Weather } from './chaos/weather.mjs';
import { readMetrics } from './cluster/admin.mjs';
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
  const bus =
    options.strike === 'bus'
      ? await startOwnBus({ directory, kind: options.bus, servers: options.busServers })
      : undefined;
  const diary = options.diary === undefined ? undefined : new Diary(options.diary);
  const redis = options.strike === 'all' ? await startOwnRedis(directory) : undefined;
  const system = await startSystem({
    nodes: options.nodes,
    directory,
    ...(bus === undefined ? { bus: options.bus } : { busUrl: bus.url }),
    assignment: options.assignment,
    adapter: options.adapter,
    balancerEnv: {
      BALANCER_WORKERS: String(options.workers),
      ...(diary && { BALANCER_ACCESS_LOG: diary.balancerFile }),
    },
    shopEnv: {
      ...(diary && { SHOP_JOURNAL: diary.nodesFile }),
      // With no node left an answered change is in Redis or lost.
      ...(redis && { UNDERSTUDY_REDIS: redis.url, UNDERSTUDY_REDIS_MODE: 'write-through' }),
    },
    onEvent: (event) => {
      if (event.type === 'up' || event.type === 'left') return;
      if (event.type === 'died' && event.onPurpose) return;
      mishaps.push(describeEvent(event));
    },
  });
  try {
    return await shopThroughStrikes({
      system,
      options,
      mishaps,
      diary,
      servers: bus?.servers ?? [],
    });
  } finally {
    await system.stop();
    await redis?.stop();
    await Promise.all(bus?.servers.map((server) => server.stop()) ?? []);
  }
}

/**
 * @param {object} run
 * @param {System} run.system
 * @param {ChaosOptions} run.options
 * @param {readonly string[]} run.mishaps  What happened to the processes without our doing, so far.
 * @param {Diary | undefined} run.diary
 * @param {readonly import('./chaos/own-bus.mjs').OwnServer[]} run.servers
 * @returns {Promise<number>} The exit code.
 */
async function shopThroughStrikes({ system, options, mishaps, diary, servers }) {
  const { nodes, signal, assignment, workers, adapter, seed } = options;
  const busText = servers[0]
    ? `${servers.length} × ${servers[0].description}`
    : system.bus.description;
  say(`${nodes} nodes (${adapter}), ${assignment} balancer (${workers}), ${busText}`);
  const plan = options.roll ? 'rolling restart' : `${signal} of ${options.strike}`;
  say(`${options.shoppers} shoppers (${options.posts} POST), ${plan}, seed ${seed}`);
  const random = seededRandom(seed);
  const log = new CallLog();
  const weather = new Weather();
  const { shoppers, pairs, members } = await makePeople({ system, options, log, weather, diary });
  const everybody = [...shoppers, ...pairs, ...members];
  const sessions = () => everybody.flatMap((person) => [...person.sessions]);
  const startedAtMs = performance.now();
  /** @type {Disturbance} */
  let done = { kills: 0, faults: [] };
  const verdict = await runShopping({
    shoppers: everybody,
    log,
    disturb: async () => {
      done = await disturb({ system, options, servers, sessions, weather, random });
      return done.faults;
    },
  });
  const durationMs = performance.now() - startedAtMs;
  const metrics = await readMetrics(system.adminUrl, system.adminToken);
  const landed = landings(metrics);
  const { holder, other } = landed;
  const judged = options.landed !== undefined && {
    landed: { holder, failovers: holder + other, wanted: options.landed },
  };
  const replaced = done.replaced && { replaced: done.replaced };
  const faults = [...verdict.faults, ...mishaps];
  const complete = { ...verdict, faults, ...judged, ...replaced };
  const clean = isClean(complete);
  if (!clean) showOutput(system);
  const deeds = {
    together: pairs.reduce((sum, pair) => sum + pair.together, 0),
    signedIn: members.reduce((sum, member) => sum + member.signedIn, 0),
    signedOut: members.reduce((sum, member) => sum + member.signedOut, 0),
  };
  const failovers = failoverBuckets(metrics);
  const { kills } = done;
  say(report({ log, verdict: complete, kills, durationMs, deeds, failovers, landed }));
  return clean ? 0 : 1;
}

/**
 * @typedef {object} Disturbance  What was done to the cluster.
 * @property {number} kills
 * @property {readonly string[]} faults
 * @property {readonly import('./chaos/roll.mjs').Replacement[]} [replaced]  By a rolling restart.
 */

/**
 * @param {object} run
 * @param {System} run.system
 * @param {ChaosOptions} run.options
 * @param {readonly import('./chaos/own-bus.mjs').OwnServer[]} run.servers
 * @param {() => readonly import('./chaos/all-protected.mjs').Guarded[]} run.sessions
 * @param {Weather} run.weather
 * @param {() => number} run.random
 * @returns {Promise<Disturbance>}
 */
async function disturb({ system, options, servers, sessions, weather, random }) {
  const now = () => performance.now();
  if (options.roll) {
    const target = rollTarget({ system, sessions, random });
    return { kills: 0, ...(await rollThrough({ target, weather, say, now })) };
  }
  const plan = { system, servers, sessions, signal: options.signal, random };
  const target = { bus: busTarget, nodes: clusterTarget, all: everyNodeTarget }[options.strike](
    plan,
  );
  const deadlineMs = (options.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  const { kills } = options;
  return strikeRepeatedly({ target, weather, random, kills, deadlineMs, say, now, sleep });
}

/** @param {System} system */
function showOutput(system) {
  for (const process of [...system.shops.map((shop) => shop.process), system.balancer]) {
    const lines = process?.output.last(15) ?? [];
    if (lines.length > 0) say(`Last output of ${process?.name}:\n  ${lines.join('\n  ')}`);
  }
}
