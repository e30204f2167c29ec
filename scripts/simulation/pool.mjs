// @ts-check
// Runs seeds on all cores and hands out the reports in the order of the jobs, whoever is faster.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationOptions} Options */
/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationReport} Report */

/** More threads than this only compete with the rest of the machine. */
const MOST_THREADS = 8;

/**
 * @param {string} module Address of the bundle.
 * @param {Iterable<Options>} jobs
 * @param {(report: Report, options: Options) => boolean} onReport In order; false: enough.
 * @param {number} [threads]
 * @returns {Promise<void>}
 */
export function runInOrder(module, jobs, onReport, threads = availableParallelism()) {
  const source = jobs[Symbol.iterator]();
  /** @type {Map<number, Options>} */
  const running = new Map();
  /** @type {Map<number, { report: Report, options: Options }>} */
  const early = new Map();
  let next = 0;
  let told = 0;
  let over = false;

  return new Promise((resolve, reject) => {
    const count = Math.max(1, Math.min(threads, MOST_THREADS));
    const workers = Array.from(
      { length: count },
      () => new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { module } }),
    );
    const end = () => {
      over = true;
      void Promise.all(workers.map((worker) => worker.terminate())).then(() => resolve());
    };
    /** @param {Worker} worker */
    const give = (worker) => {
      const job = over ? undefined : source.next();
      if (!job || job.done) {
        if (running.size === 0) end();
        return;
      }
      const options = job.value;
      running.set(next, options);
      worker.postMessage({ index: next++, options });
    };
    const tell = () => {
      for (let found = early.get(told); found; found = early.get(told)) {
        early.delete(told++);
        if (!onReport(found.report, found.options)) return end();
      }
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.on('message', ({ index, report }) => {
        if (over) return;
        const options = /** @type {Options} */ (running.get(index));
        running.delete(index);
        early.set(index, { report, options });
        tell();
        if (!over) give(worker);
      });
      give(worker);
    }
  });
}
