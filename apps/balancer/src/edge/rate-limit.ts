import { networkOf } from './address.js';
import type { AddressJournal } from './address-counts.js';

export interface RateLimitSettings {
  /** Requests of one address in the long run; 0 sets no limit. */
  readonly perSecond: number;
  /** Requests of one address at once, when it was quiet before. */
  readonly burst: number;
}

export const DEFAULT_RATE_LIMIT: RateLimitSettings = { perSecond: 0, burst: 100 };

/**
 * How many requests an address may send, as the generic cell rate algorithm has it: one number for
 * each, the time at which all that it sent would have been due at the allowed pace.
 *
 * The addresses are bounded. Beyond that the one that was quiet longest is forgotten, which is to
 * say forgiven: refusing whoever comes new instead would let few attackers lock everybody out.
 */
export class RateLimiter {
  readonly #settings: RateLimitSettings;
  readonly #maxAddresses: number;
  readonly #journal: AddressJournal | undefined;
  /** In the order of the last request. */
  readonly #dueAtMs = new Map<string, number>();

  /** `settings` may change. */
  constructor(settings: RateLimitSettings, maxAddresses: number, journal?: AddressJournal) {
    this.#settings = settings;
    this.#maxAddresses = maxAddresses;
    this.#journal = journal;
  }

  get enabled(): boolean {
    return this.#settings.perSecond > 0;
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#dueAtMs.size;
  }

  /** Milliseconds until the address may send its next request; 0: this one is allowed. */
  take(address: string, nowMs: number): number {
    const { perSecond, burst } = this.#settings;
    const key = networkOf(address);
    const intervalMs = 1_000 / perSecond;
    const dueAtMs = Math.max(this.#dueAtMs.get(key) ?? 0, nowMs);
    const waitMs = Math.max(0, dueAtMs - nowMs - (burst - 1) * intervalMs);
    // One that is refused counts as heard of, or hammering would be how to be forgotten.
    this.#note(key, waitMs > 0 ? dueAtMs : dueAtMs + intervalMs);
    if (waitMs === 0) this.#journal?.requested(key, 1);
    return waitMs;
  }

  /**
   * Counts requests that another process on the port let pass before it knew of those here. What is
   * above the burst then has to be waited for, so that the pace holds for all of them together.
   */
  passedElsewhere(network: string, requests: number, nowMs: number): void {
    if (!this.enabled) return;
    const dueAtMs = Math.max(this.#dueAtMs.get(network) ?? 0, nowMs);
    this.#note(network, dueAtMs + (requests * 1_000) / this.#settings.perSecond);
  }

  #note(network: string, dueAtMs: number): void {
    this.#dueAtMs.delete(network);
    this.#dueAtMs.set(network, dueAtMs);
    this.#forget();
  }

  #forget(): void {
    if (this.#dueAtMs.size <= this.#maxAddresses) return;
    for (const oldest of this.#dueAtMs.keys()) {
      this.#dueAtMs.delete(oldest);
      return;
    }
  }
}
