// @ts-check
// `npm run bench:balancer`: what a request costs the balancer, beside what it costs others.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { TARGETS } from './balancer/targets.mjs';
import { startUpstream } from './balancer/upstream.mjs';
import { closedLoad } from './balancer/wrk.mjs';
import { inMs, loadLine, machineLine, printTable, whole } from './engine/report.mjs';
import { processorUs } from './engine/rig.mjs';
import { medianOf } from './engine/statistics.mjs';
import { warmUp } from './warm-up.mjs';

/**
 * @typedef {import('./balancer/targets.mjs').Target} Target
 * @typedef {import('./balancer/wrk.mjs').Load & { cpuUs: number }} Round
 * @typedef {import('./engine/statistics.mjs').Latencies} Latencies
 */

const PACED = fileURLToPath(new URL('./balancer/paced-main.mjs', import.meta.url));
/** A target counts as warm when a stretch of this length costs no less than those before. */
const WARM_UP_S = 1;
const WARM_UPS = { least: 4, most: 15, inVain: 1 };
/** What wakes a target before it is measured: meanwhile the others had the processors. */
const WAKE_S = 1;
const PACED_PER_SECOND = 2_000;
/** Of HAProxy's processor time for a request. */
const MOST_CPU = 2.3;
const MOST_ADDED_P50_MS = 0.3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    /** One or several; default all. `direct` and `haproxy` are what the others are compared with. */
    target: { type: 'string', multiple: true, default: Object.keys(TARGETS) },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const names = /** @type {(keyof typeof TARGETS)[]} */ ([
  ...new Set(['direct', 'haproxy', ...values.target]),
]);
if (names.some((name) => !Object.hasOwn(TARGETS, name)) || !(rounds >= 1) || !(seconds >= 1)) {
  const known = Object.keys(TARGETS).join(', ');
  console.error(`usage: balancer.mjs [--rounds N] [--seconds N] [--target <one of ${known}>]...`);
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
const upstream = await startUpstream(directory);
/** @type {Target[]} */
const targets = [];
try {
  for (const name of names) {
    targets.push(await TARGETS[name]({ directory, ports: upstream.ports }));
  }
  console.log(machineLine());
  await measureClosed();
  await measurePaced();
} finally {
  await Promise.all(targets.map((target) => target.stop()));
  await upstream.stop();
  rmSync(directory, { recursive: true, force: true });
}
console.log(`\nload at the end ${loadLine()}`);
process.exit();

async function measureClosed() {
  const measured = targets.map(() => /** @type {Round[]} */ ([]));
  // Node compiles what it has seen often enough: cold, a request costs it twice as much.
  for (const target of targets) {
    await warmUp(async () => (await costOf(target, WARM_UP_S)).cpuUs, WARM_UPS);
  }
  for (let round = 0; round < rounds; round++) {
    // To and fro, so that nobody always follows the same one.
    const order = round % 2 === 0 ? [...targets.keys()] : [...targets.keys()].reverse();
    for (const index of order) {
      const target = /** @type {Target} */ (targets[index]);
      await closedLoad(target.port, WAKE_S);
      measured[index]?.push(await costOf(target, seconds));
    }
  }
  const ratio = (/** @type {number} */ index, /** @type {number} */ other) =>
    withinRounds(measured[index], measured[other], (own, its) => own.cpuUs / its.cpuUs);
  const haproxyAt = names.indexOf('haproxy');
  console.log(
    `\nas fast as answers come: wrk, 1 thread, 50 connections, ${rounds} rounds of ${seconds} s`,
  );
  printTable([
    ['', 'requests/s', 'p50', 'p99', 'CPU a request', 'of HAProxy'],
    ...targets.map(({ name }, index) => [
      name,
      whole(medianOf(measured[index] ?? [], ({ perSecond }) => perSecond)),
      inMs(medianOf(measured[index] ?? [], ({ p50Ms }) => p50Ms)),
      inMs(medianOf(measured[index] ?? [], ({ p99Ms }) => p99Ms)),
      name === 'direct'
        ? ''
        : `${medianOf(measured[index] ?? [], ({ cpuUs }) => cpuUs).toFixed(1)} µs`,
      name === 'direct' ? '' : ratio(index, haproxyAt).toFixed(2),
    ]),
  ]);
  const oursAt = names.indexOf('understudy');
  if (oursAt === -1) return;
  say('CPU of HAProxy', ratio(oursAt, haproxyAt), MOST_CPU);
  for (const name of /** @type {const} */ (['http-proxy-3', '@fastify/http-proxy', 'fast-proxy'])) {
    const theirsAt = names.indexOf(name);
    if (theirsAt !== -1) say(`CPU of ${name}`, ratio(oursAt, theirsAt), 1);
  }
}

/** @param {Target} target @param {number} seconds @returns {Promise<Round>} */
async function costOf({ port, pid }, seconds) {
  const before = processorUs(pid);
  const load = await closedLoad(port, seconds);
  return { ...load, cpuUs: (processorUs(pid) - before) / load.requests };
}

async function measurePaced() {
  const paced = targets.filter(({ name }) => ['direct', 'haproxy', 'understudy'].includes(name));
  const measured = paced.map(() => /** @type {Latencies[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { port }] of paced.entries()) {
      const args = [PACED, String(port), String(PACED_PER_SECOND), String(seconds)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      measured[index]?.push(JSON.parse(stdout));
    }
  }
  const added = (/** @type {number} */ index) =>
    withinRounds(measured[index], measured[0], (own, direct) => own.p50Ms - direct.p50Ms);
  console.log(`\n${whole(PACED_PER_SECOND)} requests a second, from the moment each was due`);
  printTable([
    ['', 'p50', 'added', 'p99'],
    ...paced.map(({ name }, index) => [
      name,
      inMs(medianOf(measured[index] ?? [], ({ p50Ms }) => p50Ms)),
      inMs(added(index)),
      inMs(medianOf(measured[index] ?? [], ({ p99Ms }) => p99Ms)),
    ]),
  ]);
  const oursAt = paced.findIndex(({ name }) => name === 'understudy');
  if (oursAt !== -1) say('added p50 in ms', added(oursAt), MOST_ADDED_P50_MS);
}

/**
 * Compared within a round, because the load of the machine changes between them.
 *
 * @template T
 * @param {readonly T[] | undefined} own
 * @param {readonly T[] | undefined} others
 * @param {(own: T, other: T) => number} compare
 * @returns {number} The median of the rounds; NaN when the other did not take part.
 */
function withinRounds(own = [], others = [], compare) {
  return medianOf([...own.entries()], ([round, each]) => {
    const other = others[round];
    return other === undefined ? Number.NaN : compare(each, other);
  });
}

/** @param {string} what @param {number} measured @param {number} most */
function say(what, measured, most) {
  const verdict = measured <= most ? 'reached' : 'not reached';
  console.log(`  ${what}: ${measured.toFixed(2)}, at most ${most}: ${verdict}`);
}
