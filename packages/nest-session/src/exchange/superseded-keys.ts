import { BoundedMap } from '../identity/bounded-map.js';
import { MAX_SUPERSEDED_KEYS } from '../limits.js';

/**
 * Keys that were presented by clients for which a response of this node has begun another session. A request
 * that left with the same cookies and is answered later may not clear them: they are those of the new
 * session by now (the failure prevented: a slow page signs out whoever signed in meanwhile).
 */
export class SupersededKeys {
  readonly #keys = new BoundedMap<true>(MAX_SUPERSEDED_KEYS);

  add(key: string): void {
    this.#keys.set(key, true);
  }

  has(key: string): boolean {
    return this.#keys.get(key) === true;
  }
}
