// @ts-check
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const METRONOME = fileURLToPath(new URL('metronome.mjs', import.meta.url));
/** Until the metronome runs; nothing is due before. */
const START_MS = 100;

/**
 * Calls back so many times a second, one call after the other and each when it is due. A timer of Node is as
 * fine as a millisecond: with one, 2 000 a second are two at a time each millisecond, late by half of one on
 * average, and every second one waits for the first.
 *
 * @param {number} perSecond
 * @param {number} total
 * @param {(dueMs: number) => void} call  By the clock of `performance.now()`.
 * @returns {number} When the first is due.
 */
export function paceEvenly(perSecond, total, call) {
  const gapMs = 1000 / perSecond;
  const startedMs = performance.now() + START_MS;
  const originMs = performance.timeOrigin + startedMs;
  const metronome = new Worker(METRONOME, { workerData: { originMs, gapMs, total } });
  let called = 0;
  metronome.on('message', () => call(startedMs + called++ * gapMs));
  return startedMs;
}
