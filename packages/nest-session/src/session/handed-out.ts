import { MAX_LATEST_OBJECTS } from '../limits.js';
import { cloneValue, isContainer } from './clone.js';

/**
 * The objects of a session that are changed in place when others change it: those made for the application,
 * and its own once they are stored. What it has only just put there it may use elsewhere as well.
 */
export class HandedOut {
  /** Most requests never ask, and a list costs next to nothing. */
  #latest: object[] = [];
  #known: WeakSet<object> | undefined;

  /** A deep copy, for the application. */
  copy<T>(value: T): T {
    return cloneValue(value, this.#latest);
  }

  /** A value of the application that was stored as it is. */
  stored(value: unknown): void {
    collect(value, this.#latest);
    if (this.#latest.length > MAX_LATEST_OBJECTS) this.#learn();
  }

  has(object: object): boolean {
    return this.#learn().has(object);
  }

  #learn(): WeakSet<object> {
    this.#known ??= new WeakSet();
    for (const made of this.#latest) this.#known.add(made);
    this.#latest = [];
    return this.#known;
  }
}

function collect(value: unknown, into: object[]): void {
  if (!isContainer(value)) return;
  into.push(value);
  if (value instanceof Date || value instanceof Uint8Array) return;
  if (value instanceof Map) {
    for (const [key, item] of value) {
      collect(key, into);
      collect(item, into);
    }
  } else {
    const items: Iterable<unknown> = value instanceof Set ? value : Object.values(value);
    for (const item of items) collect(item, into);
  }
}
