import type { Worker } from 'node:cluster';
import { WorkerError } from '../errors.js';
import type { FleetView } from './fleet-view.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { WorkerReport } from './worker-report.js';

export type WorkerState = 'starting' | 'ready' | 'stopping';

/** One worker, as the primary sees it. */
export class WorkerProcess {
  state: WorkerState = 'starting';
  report: WorkerReport | undefined;
  /** Resolves with the origin it listens at; rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  #nextView: FleetView | undefined;
  #isSendingView = false;

  constructor(
    readonly worker: Worker,
    readonly startedAtMs: number,
    readyMs: number,
  ) {
    // A channel that breaks is told by the end of the process, too.
    worker.on('error', () => {});
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code, signal) => resolve(signal ? `by ${signal}` : `with code ${code}`));
    });
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new WorkerError(`was not ready within ${readyMs} ms`));
        this.kill();
      }, readyMs);
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') {
          clearTimeout(timer);
          this.state = 'ready';
          resolve(message.url);
        }
        if (message.kind === 'unusable') reject(new WorkerError(message.reason));
      });
      void this.ended.then((how) => {
        clearTimeout(timer);
        reject(new WorkerError(`ended ${how} before it was ready`));
      });
    });
    // Whoever does not wait for it hears of the end.
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.worker.process.pid ?? 0;
  }

  send(message: ToWorker, onSent: () => void = () => {}): void {
    if (!this.worker.isConnected()) return;
    // The callback takes the error of a channel that breaks meanwhile.
    this.worker.send(message, () => onSent());
  }

  /** One at a time and the newest next, so that nothing piles up before a worker that is stuck. */
  push(view: FleetView): void {
    this.#nextView = view;
    if (this.#isSendingView) return;
    this.#isSendingView = true;
    this.#sendView();
  }

  #sendView(): void {
    const view = this.#nextView;
    this.#nextView = undefined;
    if (view === undefined) this.#isSendingView = false;
    else this.send({ kind: 'view', view }, () => this.#sendView());
  }

  /** Resolves when it has ended; what does not end by itself until the deadline is killed. */
  async stop(idleMs: number, deadlineMs: number): Promise<void> {
    this.state = 'stopping';
    this.send({ kind: 'stop', idleMs });
    const timer = setTimeout(() => this.kill(), deadlineMs);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.worker.process.kill('SIGKILL');
  }
}
