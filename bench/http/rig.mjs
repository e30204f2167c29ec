// @ts-check
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBus } from '../../scripts/cluster/bus.mjs';
import { NodeProcess } from '../engine/node-process.mjs';
import { processorUs } from '../engine/rig.mjs';
import { Child } from './child.mjs';
import { startRedis } from './redis.mjs';
import { isOurs } from './variants.mjs';

/** @typedef {import('./variants.mjs').Variant} Variant */
/** @typedef {import('./scenarios.mjs').Scenario} Scenario */

/**
 * @typedef {object} Measured
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} appUs  Processor time per request.
 * @property {number} busUs  nats-server, or Redis.
 * @property {number} backupUs
 * @property {number} totalUs
 *
 * @typedef {Pick<NodeProcess, 'pid' | 'call' | 'stop'>} Backup
 *
 * @typedef {object} App
 * @property {Variant} variant
 * @property {Child} child
 * @property {number} port
 * @property {Backup} [backup]
 *
 * @typedef {{ key: string, answered: number, found: number }} Row
 * @typedef {{ variant: string, answered: number, lost: number }} Ledger
 */

const SESSIONS = 192;
const CONNECTIONS = 32;
const POLL_MS = 20;
const STOP_MS = 2_000;
/** Where there is no session, what is left of each request. */
const PLAIN = { path: '/plain' };
/** After a round, for what is still under way to be done in nobody else's time. */
const SETTLE_MS = 100;

/** Everything of a run: bus, Redis, clients, and the applications of one platform. */
export class Rig {
  /** @type {App[]} */
  #apps = [];
  #bus;
  #redis;
  #load;

  static async start() {
    const bus = await startBus({ directory: tmpdir(), kind: 'nats' });
    const redis = await startRedis();
    const load = new Child('./load-main.mjs', []);
    await load.ready;
    return new Rig(bus, redis, load);
  }

  /**
   * @param {import('../../scripts/cluster/bus.mjs').Bus} bus
   * @param {Awaited<ReturnType<typeof startRedis>>} redis
   * @param {Child} load
   */
  constructor(bus, redis, load) {
    this.#bus = bus;
    this.#redis = redis;
    this.#load = load;
  }

  /**
   * Starts an application with sessions of these sizes in it.
   *
   * @param {Variant} variant
   * @param {readonly number[]} sizes
   * @param {readonly string[]} execArgv  Of the application and of its backup.
   * @returns {Promise<App>}
   */
  async app(variant, sizes, execArgv) {
    const { name, sessions } = variant;
    const { url } = this.#bus;
    const backup = await startBackup(variant, url, execArgv);
    const child = new Child('./app-main.mjs', [name, url, this.#redis.url], execArgv);
    const { port } = /** @type {{ port: number }} */ (await child.ready);
    const app = { variant, child, port, ...(backup && { backup }) };
    this.#apps.push(app);
    while (backup && /** @type {number} */ (await backup.call('activeMembers')) !== 2) {
      await sleep(POLL_MS);
    }
    for (const bytes of sizes) {
      const isNew = sessions !== 'none';
      await this.#load.call('begin', { port, count: SESSIONS, bytes, isNew });
    }
    return app;
  }

  /**
   * @param {App} app
   * @param {Scenario} scenario
   * @param {number} durationMs
   * @returns {Promise<Measured>}
   */
  async measure(app, { method, path, bytes, perSecond }, durationMs) {
    const { variant, child, port, backup } = app;
    const isPlain = variant.sessions === 'none';
    const pids = [
      child.pid,
      variant.sessions === 'redis' ? this.#redis.process.pid : backup ? this.#busPid : undefined,
      backup?.pid,
    ];
    const before = pids.map(cpuOf);
    const wanted = { port, method, bytes, connections: CONNECTIONS, durationMs, perSecond };
    const { count, seconds, p50Ms, p99Ms } =
      /** @type {import('./load-main.mjs').Measured} */
      (await this.#load.call('run', { ...wanted, ...(isPlain ? PLAIN : { path }) }));
    const [appUs = 0, busUs = 0, backupUs = 0] = pids.map(
      (pid, index) => (cpuOf(pid) - (before[index] ?? 0)) / count,
    );
    await sleep(SETTLE_MS);
    const totalUs = appUs + busUs + backupUs;
    return { perSecond: count / seconds, p50Ms, p99Ms, appUs, busUs, backupUs, totalUs };
  }

  /**
   * Compares what every session counts with what was answered: by the word of the application, and
   * of ours by that of the backup after the application was killed.
   *
   * @param {App} app  Not to be measured any more.
   * @param {readonly number[]} sizes
   * @returns {Promise<Ledger>}
   */
  async verify({ variant, child, port, backup }, sizes) {
    /** @type {Row[]} */
    const rows = [];
    for (const bytes of sizes) {
      rows.push(.../** @type {Row[]} */ (await this.#load.call('ledger', { port, bytes })));
    }
    const found = rows.map((row) => row.found);
    if (backup) {
      await child.stop('SIGKILL');
      const keys = rows.map(({ key }) => key);
      const held = /** @type {number[]} */ (
        await backup.call('visits', { keys, failedNode: 'app' })
      );
      for (const [index, visits] of held.entries()) {
        found[index] = Math.min(found[index] ?? 0, visits);
      }
    }
    return {
      variant: variant.name,
      answered: rows.reduce((sum, { answered }) => sum + answered, 0),
      lost: rows.reduce((sum, row, at) => sum + Math.max(0, row.answered - (found[at] ?? 0)), 0),
    };
  }

  async stopApps() {
    for (const { child, backup } of this.#apps.splice(0)) {
      await child.stop();
      await backup?.stop();
    }
  }

  async stop() {
    await this.stopApps();
    await this.#load.stop();
    await this.#redis.process.stop(STOP_MS);
    await this.#bus.stop();
  }

  get #busPid() {
    return this.#bus.process?.pid;
  }
}

/**
 * @param {Variant} variant
 * @param {string} servers
 * @param {readonly string[]} execArgv
 * @returns {Promise<Backup | undefined>}
 */
async function startBackup({ name, sessions }, servers, execArgv) {
  if (isOurs(sessions)) {
    return NodeProcess.start({ servers, cluster: name, id: 'backup', execArgv });
  }
  if (sessions !== 'least') return undefined;
  const backup = new Child('./least/least-backup.mjs', [servers], execArgv);
  await backup.ready;
  return backup;
}

/** @param {number | undefined} pid */
function cpuOf(pid) {
  return pid === undefined ? 0 : processorUs(pid);
}
