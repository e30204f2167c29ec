// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { guardProcess } from '../../scripts/cluster/guard.mjs';
import { RemoteCalls } from '../remote-calls.mjs';

const NODE_MAIN = fileURLToPath(new URL('./node-main.mjs', import.meta.url));

/**
 * @typedef {object} NodeSpec
 * @property {string} servers
 * @property {string} cluster
 * @property {string} id  Its label as well.
 * @property {number} [backups]  Default 1.
 * @property {readonly string[]} [execArgv]  For `node`, for example `--cpu-prof`.
 */

/** One node of the engine in a process of its own, and the only way it is signalled. */
export class NodeProcess {
  #child;
  #forget;
  #calls;

  /** @param {NodeSpec} spec */
  static async start(spec) {
    const node = new NodeProcess(spec);
    await node.#ready;
    return node;
  }

  /** @type {Promise<void>} */
  #ready;

  /** @param {NodeSpec} spec */
  constructor({ servers, cluster, id, backups = 1, execArgv = [] }) {
    this.id = id;
    this.#child = fork(NODE_MAIN, [servers, cluster, id, String(backups)], {
      execArgv: [...execArgv],
    });
    this.#calls = new RemoteCalls(this.#child);
    this.#forget = this.#child.pid === undefined ? () => {} : guardProcess(this.#child.pid);
    this.#ready = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => {
        this.#forget();
        const error = new Error(`node ${id} has ended`);
        reject(error);
        this.#calls.fail(error);
      });
      this.#child.on('message', (message) => {
        if (message === 'ready') resolve();
        else this.#calls.answered(/** @type {never} */ (message), id);
      });
    });
  }

  get pid() {
    return this.#child.pid ?? -1;
  }

  /**
   * @param {string} command  One of `commands` in node-main.mjs.
   * @param {object} [argument]
   * @returns {Promise<never>}
   */
  call(command, argument) {
    return this.#calls.call(command, argument);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  /** @returns {Promise<void>} Resolves when it has ended; a frozen process is woken first. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGCONT');
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  /** @returns {Promise<void>} */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
