// @ts-check
// A thread of its own for even-pace.mjs: sleeps until the next call is due, and says so.
import { parentPort, workerData } from 'node:worker_threads';

const { originMs, gapMs, total } = workerData;
/** Nobody wakes it: waiting for it is a sleep, as fine as the kernel's. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

for (let tick = 0; tick < total; tick++) {
  const restMs = originMs + tick * gapMs - (performance.timeOrigin + performance.now());
  if (restMs > 0) Atomics.wait(nobody, 0, 0, restMs);
  parentPort?.postMessage(undefined);
}
