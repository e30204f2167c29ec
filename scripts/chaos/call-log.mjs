// @ts-check
import { DESCRIBED_FAILURES, DURATIONS, REFUSAL_KINDS, SLOWEST_CALLS } from './limits.mjs';

/**
 * @typedef {object} Call
 * @property {string} shopper
 * @property {'GET' | 'POST'} method  Every POST carries an idempotency key.
 * @property {number} startedAtMs
 * @property {number} durationMs
 * @property {number} attempts
 * @property {boolean} metFailover  A node was down or coming back while it ran.
 * @property {string | null} failure  Why it ended with an error; null when it succeeded.
 */

/** What all calls of a run looked like, in bounded memory. */
export class CallLog {
  calls = 0;
  posts = 0;
  failed = 0;
  repeated = 0;
  stale = 0;
  /** Changes answered while no other node had them: the next crash may cost them. */
  bare = 0;
  /** @type {Call[]} */ slowest = [];
  /** @type {string[]} */ failures = [];
  /** @type {number[]} */ failoverDurationsMs = [];
  /** @type {number[]} What a call takes here anyway. */ otherDurationsMs = [];
  /** @type {Map<string, number>} By what the balancer said, before any repetition. */ refusals =
    new Map();

  /** @param {Call} call */
  add(call) {
    this.calls += 1;
    if (call.method === 'POST') this.posts += 1;
    if (call.attempts > 1) this.repeated += 1;
    if (call.failure !== null) {
      this.failed += 1;
      const took = `${Math.round(call.durationMs)} ms`;
      this.#describe(`${call.method} of ${call.shopper} after ${took}: ${call.failure}`);
    }
    const durationsMs = call.metFailover ? this.failoverDurationsMs : this.otherDurationsMs;
    if (durationsMs.length < DURATIONS) durationsMs.push(call.durationMs);
    this.#rank(call);
  }

  /**
   * An answer of the balancer that was no success, whatever became of the call it belongs to.
   *
   * @param {string} answer
   */
  addRefusal(answer) {
    const isNew = !this.refusals.has(answer);
    const kind = isNew && this.refusals.size >= REFUSAL_KINDS ? 'others' : answer;
    this.refusals.set(kind, (this.refusals.get(kind) ?? 0) + 1);
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
