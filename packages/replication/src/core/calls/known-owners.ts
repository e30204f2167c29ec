import { LIMITS } from '../limits.js';
import type { Incarnation } from '../record/record.js';

/** Where records were last found; a hint, bounded. */
export class KnownOwners {
  readonly #byKey = new Map<string, Incarnation>();

  get(key: string): Incarnation | undefined {
    return this.#byKey.get(key);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  remember(key: string, owner: Incarnation): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, owner);
    if (this.#byKey.size > LIMITS.locations) {
      this.#byKey.delete(this.#byKey.keys().next().value as string);
    }
  }
}
