import type { ClusterEvent } from '@understudy/replication';
import { MAX_REMEMBERED_TAKEOVERS } from '../limits.js';

/**
 * Remembers which sessions this node adopted from a dead one, so that the response that shows it
 * can say so. The engine names sessions by the beginning of their key.
 */
export class RecentTakeovers {
  readonly #from = new Map<string, string>();
  #handleCharacters = 0;

  observe(event: ClusterEvent): void {
    if (event.kind !== 'takeover' || event.from === undefined) return;
    this.#handleCharacters = event.keyHash.length;
    this.#from.delete(event.keyHash);
    this.#from.set(event.keyHash, event.from);
    if (this.#from.size > MAX_REMEMBERED_TAKEOVERS) {
      this.#from.delete(this.#from.keys().next().value as string);
    }
  }

  /** Label of the node a session was adopted from; undefined when it was not, or long ago. */
  adoptedFrom(key: string): string | undefined {
    return this.#from.get(key.slice(0, this.#handleCharacters));
  }
}
