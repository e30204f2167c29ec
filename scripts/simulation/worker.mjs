// @ts-check
// One thread of the pool: runs what it is given, one job after another.
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationOptions} Options */

const { simulate } = await import(workerData.module);

parentPort?.on(
  'message',
  (/** @type {{ index: number, options: Options }} */ { index, options }) => {
    parentPort?.postMessage({ index, report: reportOf(options) });
  },
);

/**
 * What a mutant breaks so badly that not even the checker can read it is found, too.
 *
 * @param {Options} options
 * @returns {import('../../packages/replication/dist/simulation/index.js').SimulationReport}
 */
function reportOf(options) {
  try {
    return simulate(options);
  } catch (error) {
    const text = `the run broke off: ${/** @type {Error} */ (error).stack}`;
    const { seed, profile } = options;
    return {
      ...{ seed, profile, gaps: [], faults: [], trace: [], digest: '' },
      ...{ events: 0, calls: 0, messages: 0, browsers: 0, untilMs: 0 },
      violations: [{ rule: 'defect', atMs: 0, text }],
    };
  }
}
