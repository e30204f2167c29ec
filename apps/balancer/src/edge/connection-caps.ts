import { networkOf } from './address.js';

/** Counts the open connections of each address; no more of them than there are connections. */
export class ConnectionCaps {
  readonly #open = new Map<string, number>();
  readonly #max: number;

  /** 0 sets no bound. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Counts a connection, unless it is one too many. */
  admit(address: string): boolean {
    if (this.#max === 0) return true;
    const key = networkOf(address);
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#max) return false;
    this.#open.set(key, open + 1);
    return true;
  }

  /** For each connection that was admitted, once. */
  release(address: string): void {
    if (this.#max === 0) return;
    const key = networkOf(address);
    const open = this.#open.get(key) ?? 0;
    if (open > 1) this.#open.set(key, open - 1);
    else this.#open.delete(key);
  }
}
