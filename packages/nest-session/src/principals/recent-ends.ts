import { BoundedMap } from '../identity/bounded-map.js';
import { MAX_RECENT_ENDS } from '../limits.js';

/**
 * The keys of sessions that a call on this node ended, until a client is told. Requests that run
 * meanwhile may be of such a session, or be the very one that called; without this its client would
 * go on with cookies that are dead.
 */
export class RecentEnds {
  readonly #keys = new BoundedMap<true>(MAX_RECENT_ENDS);
  #count = 0;

  /** While it stays the same, nothing has ended: all that a request has to look at. */
  get count(): number {
    return this.#count;
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.set(key, true);
    if (keys.length > 0) this.#count++;
  }

  has(key: string): boolean {
    return this.#keys.get(key) === true;
  }

  /**
   * True once for each: the first response says it. A later one may come after its client has signed in
   * again, and would clear the new cookies.
   */
  take(key: string): boolean {
    const isThere = this.has(key);
    this.#keys.delete(key);
    return isThere;
  }
}
