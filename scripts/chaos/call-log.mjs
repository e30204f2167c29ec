// @ts-check
import { DESCRIBED_FAILURES, FAILOVER_DURATIONS, SLOWEST_CALLS } from './limits.mjs';

/**
 * @typedef {object} Call
 * @property {string} shopper
 * @property {number} startedAtMs
 * @property {number} durationMs
 * @property {number} attempts
 * @property {boolean} metFailover  A node was down or coming back while it ran.
 * @property {string | null} failure  Why it ended with an error; null when it succeeded.
 */

/** What all calls of a run looked like, in bounded memory. */
export class CallLog {
  calls = 0;
  failed = 0;
  repeated = 0;
  stale = 0;
  /** @type {Call[]} */ slowest = [];
  /** @type {string[]} */ failures = [];
  /** @type {number[]} */ failoverDurationsMs = [];

  /** @param {Call} call */
  add(call) {
    this.calls += 1;
    if (call.attempts > 1) this.repeated += 1;
    if (call.failure !== null) {
      this.failed += 1;
      this.#describe(`${call.shopper} after ${Math.round(call.durationMs)} ms: ${call.failure}`);
    }
    if (call.metFailover && this.failoverDurationsMs.length < FAILOVER_DURATIONS) {
      this.failoverDurationsMs.push(call.durationMs);
    }
    this.#rank(call);
  }

  /**
   * An answer that showed less than this shopper had been told before.
   *
   * @param {string} description
   */
  addStale(description) {
    this.stale += 1;
    this.#describe(`stale: ${description}`);
  }

  /** @param {Call} call */
  #rank(call) {
    const least = this.slowest.at(-1);
    const full = this.slowest.length === SLOWEST_CALLS;
    if (full && least && call.durationMs <= least.durationMs) return;
    this.slowest.push(call);
    this.slowest.sort((a, b) => b.durationMs - a.durationMs);
    this.slowest.length = Math.min(this.slowest.length, SLOWEST_CALLS);
  }

  /** @param {string} text */
  #describe(text) {
    if (this.failures.length < DESCRIBED_FAILURES) this.failures.push(text);
  }
}
