import type { Failover } from '../directory/node-directory.js';

/** The latest failovers, oldest first; older ones are forgotten. */
export class FailoverLog {
  readonly #entries: Failover[] = [];

  constructor(readonly capacity: number) {}

  add(failover: Failover): void {
    this.#entries.push(failover);
    if (this.#entries.length > this.capacity) this.#entries.shift();
  }

  list(): readonly Failover[] {
    return [...this.#entries];
  }
}
