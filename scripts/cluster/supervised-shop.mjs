// @ts-check
import { SETTLED_AFTER_MS, SHOP_STOP_MS } from './limits.mjs';
import { SHOP_READY_LINE } from './programs.mjs';
import { restartDelayMs } from './restart-delay.mjs';

/**
 * @typedef {import('./managed-process.mjs').ManagedProcess} ManagedProcess
 * @typedef {import('./managed-process.mjs').Exit} Exit
 *
 * @typedef {{ type: 'up', id: string, pid: number, url: string }
 *   | { type: 'died', id: string, pid: number, exit: Exit, onPurpose: boolean,
 *       restartInMs: number | null }
 *   | { type: 'left', id: string, pid: number, exit: Exit }
 *   | { type: 'start-failed', id: string, error: unknown }} ShopEvent
 *
 * @typedef {object} SupervisedShopSpec
 * @property {string} id
 * @property {() => ManagedProcess} launch  Called once for every life.
 * @property {boolean} restart  Whether a shop that dies comes back.
 * @property {(event: ShopEvent) => void} onEvent
 */

/** One place in the cluster, and the process that fills it at the moment. */
export class SupervisedShop {
  #spec;
  /** @type {ManagedProcess | null} */ #process = null;
  /** @type {string | null} */ #url = null;
  /** @type {NodeJS.Timeout | undefined} */ #restartTimer;
  #wanted = false;
  #quickDeaths = 0;
  #endedOnPurpose = false;

  /** @param {SupervisedShopSpec} spec */
  constructor(spec) {
    this.#spec = spec;
  }

  get id() {
    return this.#spec.id;
  }

  /** @returns {string | null} Null while it is down or starting. */
  get url() {
    return this.#url;
  }

  /** @returns {ManagedProcess | null} The current life, or the last one. */
  get process() {
    return this.#process;
  }

  /** Whether a process is meant to be here, be it up or about to come back. */
  get wanted() {
    return this.#wanted;
  }

  /**
   * @returns {Promise<void>} Resolves when it listens.
   * @throws {import('./errors.mjs').LauncherError} When it ends or hangs instead; nothing is left.
   */
  async start() {
    this.#wanted = true;
    try {
      await this.#launch();
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /**
   * SIGKILL: ends this life without warning; the supervision brings the next one.
   *
   * @returns {Promise<Exit | null>} Null when there was none.
   */
  async kill() {
    const child = this.#process;
    if (child === null || !child.running) return null;
    this.#endedOnPurpose = true;
    return child.kill();
  }

  /**
   * SIGTERM: lets this life hand over its sessions and end; the supervision brings the next one.
   *
   * @param {number} [graceMs]  Then SIGKILL.
   * @returns {Promise<Exit | null>} Null when there was none.
   */
  async replace(graceMs = SHOP_STOP_MS) {
    const child = this.#process;
    if (child === null || !child.running) return null;
    this.#endedOnPurpose = true;
    return child.stop(graceMs);
  }

  /**
   * Lets it hand over its sessions and leave; it does not come back.
   *
   * @param {number} [graceMs]  Then SIGKILL.
   * @returns {Promise<Exit | null>} Null when there was none.
   */
  async stop(graceMs = SHOP_STOP_MS) {
    this.#wanted = false;
    clearTimeout(this.#restartTimer);
    const child = this.#process;
    if (child === null || !child.running) return null;
    return child.stop(graceMs);
  }

  /** The quickest end, for when starting has failed. */
  async abandon() {
    this.#wanted = false;
    clearTimeout(this.#restartTimer);
    await this.#process?.kill();
  }

  async #launch() {
    const child = this.#spec.launch();
    this.#process = child;
    this.#endedOnPurpose = false;
    void child.exited.then((exit) => this.#ended(child, exit));
    try {
      const match = await child.waitForLine(SHOP_READY_LINE);
      this.#url = match[1] ?? null;
    } catch (error) {
      // One that hangs would otherwise never be replaced.
      await child.kill();
      throw error;
    }
    this.#spec.onEvent({ type: 'up', id: this.id, pid: child.pid, url: this.#url ?? '' });
  }

  /**
   * @param {ManagedProcess} child
   * @param {Exit} exit
   */
  #ended(child, exit) {
    this.#url = null;
    const { id, pid } = { id: this.id, pid: child.pid };
    if (!this.#wanted) return this.#spec.onEvent({ type: 'left', id, pid, exit });
    const onPurpose = this.#endedOnPurpose;
    const quick = !onPurpose && child.ageMs < SETTLED_AFTER_MS;
    this.#quickDeaths = quick ? this.#quickDeaths + 1 : 0;
    const restartInMs = this.#spec.restart ? restartDelayMs(this.#quickDeaths) : null;
    this.#spec.onEvent({ type: 'died', id, pid, exit, onPurpose, restartInMs });
    if (restartInMs === null) return;
    this.#restartTimer = setTimeout(() => {
      this.#launch().catch((error) => {
        this.#spec.onEvent({ type: 'start-failed', id, error });
      });
    }, restartInMs);
  }
}
