// @ts-check
import { newSession } from './session.mjs';
import { summarize } from './statistics.mjs';

/** @typedef {import('../../packages/replication/dist/index.js').SessionCluster} SessionCluster */
/** @typedef {import('../../packages/replication/dist/index.js').Durability} Durability */

/**
 * @typedef {object} Session
 * @property {string} key
 * @property {{ epoch: number, seq: number }} version
 * @property {string} backup  Label of the first node that held it.
 * @property {number} acknowledged  Commits that were answered.
 *
 * @typedef {import('./statistics.mjs').Latencies & { seconds: number, cpuUs: number }} Measured
 */

/** How many creations are under way at once. */
const CREATING = 64;
const PACE_MS = 1;

/** Commits of one node to sessions it owns: what its request handlers would ask for. */
export class Load {
  /** @type {Session[]} */
  sessions = [];
  #cluster;
  #next = 0;

  /** @param {SessionCluster} cluster */
  constructor(cluster) {
    this.#cluster = cluster;
  }

  /** @param {{ count: number, bytes: number }} wanted  Replaces what there was. */
  async create({ count, bytes }) {
    this.sessions = [];
    const one = async () => {
      while (this.sessions.length < count) {
        const request = newSession(bytes);
        const session = { key: request.key, version: { epoch: 1, seq: 0 }, backup: '' };
        this.sessions.push({ ...session, acknowledged: 0 });
        const mine = /** @type {Session} */ (this.sessions.at(-1));
        const result = await this.#cluster.create(request);
        if (result.status !== 'committed') throw new Error(`a create was ${result.status}`);
        mine.version = result.version;
        mine.backup = result.backups[0] ?? '';
      }
    };
    await Promise.all(Array.from({ length: CREATING }, one));
    return this.sessions.map(({ key, backup }) => ({ key, backup }));
  }

  /**
   * As many commits as `loops` callers get answered, each of which waits for its answer before it
   * goes on with its next session.
   *
   * @param {{ loops: number, durationMs: number, durability: Durability }} wanted
   * @returns {Promise<Measured>}
   */
  closed({ loops, durationMs, durability }) {
    return measured(async (samples) => {
      const untilMs = performance.now() + durationMs;
      const one = async (/** @type {number} */ first) => {
        for (let at = first; performance.now() < untilMs; at += loops) {
          const session = this.#session(at);
          const startedMs = performance.now();
          await this.#commit(session, durability);
          samples.push(performance.now() - startedMs);
        }
      };
      await Promise.all(Array.from({ length: loops }, (_, first) => one(first)));
    });
  }

  /**
   * So many commits a second, whether answers come or not.
   *
   * @param {{ perSecond: number, durationMs: number, durability: Durability }} wanted
   * @returns {Promise<Measured>}
   */
  paced({ perSecond, durationMs, durability }) {
    return measured((samples) =>
      this.#pace(perSecond, durationMs, async (session) => {
        const startedMs = performance.now();
        await this.#commit(session, durability);
        samples.push(performance.now() - startedMs);
      }),
    );
  }

  /**
   * As `paced`, with the latencies of the sessions with a backup at one node apart. Measured from
   * when each commit was due, so that a stall of the whole node counts for all that it held up.
   *
   * @param {{ perSecond: number, durationMs: number, backup: string }} wanted
   */
  async pacedByBackup({ perSecond, durationMs, backup }) {
    /** @type {number[]} */
    const placed = [];
    /** @type {number[]} */
    const others = [];
    await this.#pace(perSecond, durationMs, async (session, dueMs) => {
      await this.#commit(session, 'backup');
      (session.backup === backup ? placed : others).push(performance.now() - dueMs);
    });
    return { placed: summarize(placed), others: summarize(others) };
  }

  /** @returns {{ key: string, acknowledged: number }[]} */
  ledger() {
    return this.sessions.map(({ key, acknowledged }) => ({ key, acknowledged }));
  }

  /**
   * @param {number} perSecond
   * @param {number} durationMs
   * @param {(session: Session, dueMs: number) => Promise<void>} run
   */
  async #pace(perSecond, durationMs, run) {
    const startedMs = performance.now();
    const total = Math.floor((perSecond * durationMs) / 1000);
    /** @type {Promise<void>[]} */
    const running = [];
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const timer = setInterval(() => {
          for (;;) {
            const dueMs = startedMs + (running.length * 1000) / perSecond;
            if (running.length >= total || dueMs > performance.now()) break;
            running.push(run(this.#session(this.#next++), dueMs));
          }
          if (running.length < total) return;
          clearInterval(timer);
          resolve();
        }, PACE_MS);
      })
    );
    await Promise.all(running);
  }

  /** @param {number} index */
  #session(index) {
    return /** @type {Session} */ (this.sessions[index % this.sessions.length]);
  }

  /**
   * @param {Session} session
   * @param {Durability} durability
   */
  async #commit(session, durability) {
    const result = await this.#cluster.commit({
      key: session.key,
      base: session.version,
      operations: [{ kind: 'increment', path: ['data', 'visits'], by: 1 }],
      durability,
    });
    if (result.status !== 'committed') throw new Error(`a commit was ${result.status}`);
    session.version = result.version;
    session.acknowledged++;
  }
}

/**
 * @param {(samplesMs: number[]) => Promise<void>} run
 * @returns {Promise<Measured>} With what this process used of a processor.
 */
async function measured(run) {
  /** @type {number[]} */
  const samplesMs = [];
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await run(samplesMs);
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { ...summarize(samplesMs), seconds, cpuUs: user + system };
}
