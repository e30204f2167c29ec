// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { guardProcess } from '../../scripts/cluster/guard.mjs';
import { RemoteCalls } from '../remote-calls.mjs';

/** A process of this benchmark, and the only way it is called and ended. */
export class Child {
  #child;
  #calls;

  /**
   * @param {string} file  Beside this one.
   * @param {readonly string[]} args
   * @param {readonly string[]} [execArgv]  For `node`, for example `--cpu-prof`.
   */
  constructor(file, args, execArgv = []) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
      execArgv: [...execArgv],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    this.#calls = new RemoteCalls(this.#child);
    const forget = this.#child.pid === undefined ? () => {} : guardProcess(this.#child.pid);
    /** @type {Promise<never>} What it says first. */
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('message', (message) => resolve(/** @type {never} */ (message)));
      this.#child.once('error', reject);
      this.#child.once('exit', () => {
        forget();
        const error = new Error(`${file} ${args[0] ?? ''} has ended`);
        reject(error);
        this.#calls.fail(error);
      });
    });
    this.#child.on('message', (message) => this.#calls.answered(/** @type {never} */ (message)));
  }

  get pid() {
    return this.#child.pid ?? -1;
  }

  /**
   * @param {string} command
   * @param {object} argument
   * @returns {Promise<never>}
   */
  call(command, argument) {
    return this.#calls.call(command, argument);
  }

  /** @param {'SIGTERM' | 'SIGKILL'} [signal]  Default: it is asked to leave. */
  async stop(signal) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (signal) this.#child.kill(signal);
    else if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}
