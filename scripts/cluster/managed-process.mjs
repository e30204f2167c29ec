// @ts-check
import { spawn } from 'node:child_process';
import { childEnvironment } from './child-environment.mjs';
import { LauncherError } from './errors.mjs';
import { guardProcess } from './guard.mjs';
import { READY_DEADLINE_MS } from './limits.mjs';
import { OutputTail } from './output-tail.mjs';

/**
 * @typedef {object} ProcessSpec
 * @property {string} name  How messages call it, for example `n1`.
 * @property {string} command  Path of the program.
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} [env]  On top of what `childEnvironment` passes on.
 * @property {string} [cwd]
 * @property {boolean} [ownGroup]  Keeps a Ctrl-C in the terminal away from programs that obey it.
 */

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit */

/** After the end of a process, for the rest of its output to arrive. */
const LAST_OUTPUT_MS = 250;

/** @type {Exit} */
const NEVER_STARTED = { code: null, signal: null };

/** One child process: its output, its end, and the only way it is signalled. */
export class ManagedProcess {
  #child;
  #name;
  #output = new OutputTail();
  /** @type {Exit | undefined} */ #exit;
  #startedAtMs = performance.now();
  /** @type {Error | undefined} Why the program could not be started at all. */
  failure;

  /** @param {ProcessSpec} spec */
  constructor(spec) {
    this.#name = spec.name;
    this.#child = spawn(spec.command, [...spec.args], {
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      env: childEnvironment(process.env, spec.env ?? {}),
      detached: spec.ownGroup ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const forget = this.#child.pid === undefined ? () => {} : guardProcess(this.#child.pid);
    this.#output.read(this.#child.stdout);
    this.#output.read(this.#child.stderr);
    /** @type {Promise<Exit>} Resolves when it has ended and its output has been read. */
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        forget();
        this.#exit = { code, signal };
        // `close` follows when the pipes are read to their end; a grandchild may hold them open.
        setTimeout(resolve, LAST_OUTPUT_MS, this.#exit).unref();
      });
      this.#child.once('close', () => resolve(this.#exit ?? NEVER_STARTED));
      this.#child.on('error', (error) => {
        if (this.#child.pid !== undefined) return;
        this.failure = error;
        this.#exit = NEVER_STARTED;
        resolve(NEVER_STARTED);
      });
    });
  }

  get name() {
    return this.#name;
  }

  /** @returns {number} -1 when the program could not be started. */
  get pid() {
    return this.#child.pid ?? -1;
  }

  get output() {
    return this.#output;
  }

  get running() {
    return this.#exit === undefined;
  }

  get ageMs() {
    return performance.now() - this.#startedAtMs;
  }

  /**
   * Signals this very process and nothing else: Node forgets the pid once it has been reaped, so a
   * reused pid is never hit.
   *
   * @param {NodeJS.Signals} signal
   * @returns {boolean} False when it had already ended.
   */
  signal(signal) {
    return this.#exit === undefined && this.#child.kill(signal);
  }

  /**
   * @param {number} graceMs  From SIGTERM to SIGKILL.
   * @returns {Promise<Exit>}
   */
  async stop(graceMs) {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns {Promise<Exit>} */
  kill() {
    this.signal('SIGKILL');
    return this.exited;
  }

  /**
   * @param {RegExp} pattern
   * @param {number} [deadlineMs]
   * @returns {Promise<RegExpMatchArray>} The first line, of stdout or stderr, that matches.
   * @throws {LauncherError} `ERR_PROCESS_EXITED`, `ERR_NOT_READY`; both quote its last output.
   */
  waitForLine(pattern, deadlineMs = READY_DEADLINE_MS) {
    return new Promise((resolve, reject) => {
      /** @param {() => void} settle */
      const finish = (settle) => {
        clearTimeout(timer);
        // The line may be one that `listen` hands over before it has returned.
        queueMicrotask(() => unlisten());
        settle();
      };
      /**
       * @param {'ERR_NOT_READY' | 'ERR_PROCESS_EXITED'} code
       * @param {string} what
       */
      const fail = (code, what) => finish(() => reject(this.#problem(code, what)));
      const timer = setTimeout(() => fail('ERR_NOT_READY', 'did not get ready'), deadlineMs);
      const unlisten = this.#output.listen((line) => {
        const match = line.match(pattern);
        if (match) finish(() => resolve(match));
      });
      void this.exited.then((exit) => {
        const how = this.failure?.message ?? `ended with ${exit.signal ?? `code ${exit.code}`}`;
        fail('ERR_PROCESS_EXITED', `${how} before it was ready`);
      });
    });
  }

  /**
   * @param {'ERR_NOT_READY' | 'ERR_PROCESS_EXITED'} code
   * @param {string} what
   */
  #problem(code, what) {
    const lines = this.#output.last(20);
    const said =
      lines.length === 0 ? 'It printed nothing.' : `It printed:\n  ${lines.join('\n  ')}`;
    return new LauncherError(code, `${this.#name} ${what}. ${said}`, {
      name: this.#name,
      exit: this.#exit,
      cause: this.failure,
    });
  }
}
