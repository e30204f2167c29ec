// @ts-check
// One thread of the pool: runs what it is given, one job after another.
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationOptions} Options */

const { simulate } = await import(workerData.module);

parentPort?.on(
  'message',
  (/** @type {{ index: number, options: Options }} */ { index, options }) => {
    parentPort?.postMessage({ index, report: simulate(options) });
  },
);
