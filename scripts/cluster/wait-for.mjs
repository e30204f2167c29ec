// @ts-check
import { LauncherError } from './errors.mjs';
import { POLL_INTERVAL_MS } from './limits.mjs';

/**
 * @typedef {object} WaitOptions
 * @property {number} deadlineMs
 * @property {number} [everyMs]
 * @property {AbortSignal} [signal]
 * @property {() => string} [detail]  Asked once, on failure, for what to add to the message.
 */

/**
 * Asks again and again until the answer is neither `false`, `null` nor `undefined`.
 * A probe that throws counts as "not yet"; what it threw last is the cause of the failure.
 *
 * @template T
 * @param {string} what  Completes the sentence "waited in vain for …".
 * @param {() => Promise<T> | T} probe
 * @param {WaitOptions} options
 * @returns {Promise<Exclude<T, false | null | undefined>>}
 * @throws {LauncherError} `ERR_WAIT_DEADLINE`, or the reason of `signal`.
 */
export async function waitFor(what, probe, options) {
  const { deadlineMs, everyMs = POLL_INTERVAL_MS, signal, detail } = options;
  const giveUpAt = performance.now() + deadlineMs;
  /** @type {unknown} */
  let cause;
  do {
    signal?.throwIfAborted();
    try {
      const answer = await probe();
      if (answer !== false && answer !== null && answer !== undefined) {
        return /** @type {Exclude<T, false | null | undefined>} */ (answer);
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs, signal);
  } while (performance.now() < giveUpAt);
  const more = detail?.() ?? (cause instanceof Error ? cause.message : '');
  throw new LauncherError(
    'ERR_WAIT_DEADLINE',
    `waited ${deadlineMs} ms in vain for ${what}${more ? `\n${more}` : ''}`,
    { what, deadlineMs, cause },
  );
}

/**
 * @param {number} durationMs
 * @param {AbortSignal} [signal]  Ends the pause early, without an error.
 * @returns {Promise<void>}
 */
export function sleep(durationMs, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal?.addEventListener('abort', done, { once: true });
  });
}
