import { networkOf } from './address.js';
import { type AddressJournal, addTo } from './address-counts.js';

/** Counts the open connections of each address; no more of them than there are connections. */
export class ConnectionCaps {
  readonly #open = new Map<string, number>();
  readonly #max: number;
  readonly #journal: AddressJournal | undefined;

  /** 0 sets no bound. */
  constructor(max: number, journal?: AddressJournal) {
    this.#max = max;
    this.#journal = journal;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Counts a connection, unless it is one too many. */
  admit(address: string): boolean {
    if (this.#max === 0) return true;
    const key = networkOf(address);
    if ((this.#open.get(key) ?? 0) >= this.#max) return false;
    addTo(this.#open, key, 1);
    this.#journal?.connected(key, 1);
    return true;
  }

  /** For each connection that was admitted, once. */
  release(address: string): void {
    if (this.#max === 0) return;
    const key = networkOf(address);
    addTo(this.#open, key, -1);
    this.#journal?.connected(key, -1);
  }

  /** Another process on the port has so many more of them open, or less. */
  changedElsewhere(network: string, change: number): void {
    addTo(this.#open, network, change);
  }
}
