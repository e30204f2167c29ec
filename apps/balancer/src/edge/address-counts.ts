/** What one process has counted since it last told of it, by address or /64. */
export interface AddressCounts {
  /** Requests that passed. */
  readonly requests: readonly (readonly [network: string, count: number])[];
  /** Connections that have been opened, less those that were closed. */
  readonly connections: readonly (readonly [network: string, change: number])[];
}

/** Whoever tells other processes on the port what addresses do here. */
export interface AddressJournal {
  requested(network: string, count: number): void;
  connected(network: string, change: number): void;
}

/** Between two messages: for as long a client may have a whole burst in each process. */
const TELL_MS = 50;

/**
 * Gathers counts and sends them, one message at a time and not more often than they are needed: a
 * receiver that is stuck gets one later that says it all.
 */
export class AddressTeller implements AddressJournal {
  readonly #send: (counts: AddressCounts, onSent: () => void) => void;
  readonly #maxAddresses: number;
  readonly #requests = new Map<string, number>();
  readonly #connections = new Map<string, number>();
  /** A message is due, or on its way. */
  #isBusy = false;

  /** @param maxAddresses Of more no requests are told; connections have a bound of their own. */
  constructor(send: (counts: AddressCounts, onSent: () => void) => void, maxAddresses: number) {
    this.#send = send;
    this.#maxAddresses = maxAddresses;
  }

  requested(network: string, count: number): void {
    const before = this.#requests.get(network);
    if (before === undefined && this.#requests.size >= this.#maxAddresses) return;
    this.#requests.set(network, (before ?? 0) + count);
    this.#plan();
  }

  connected(network: string, change: number): void {
    addTo(this.#connections, network, change);
    this.#plan();
  }

  passOn({ requests, connections }: AddressCounts): void {
    for (const [network, count] of requests) this.requested(network, count);
    for (const [network, change] of connections) this.connected(network, change);
  }

  #plan(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    setTimeout(() => this.#tell(), TELL_MS).unref();
  }

  #tell(): void {
    const counts = { requests: [...this.#requests], connections: [...this.#connections] };
    this.#requests.clear();
    this.#connections.clear();
    this.#send(counts, () => {
      this.#isBusy = false;
      if (this.#requests.size + this.#connections.size > 0) this.#plan();
    });
  }
}

/** What comes to nothing is not kept. */
export function addTo(counts: Map<string, number>, network: string, change: number): void {
  const count = (counts.get(network) ?? 0) + change;
  if (count === 0) counts.delete(network);
  else counts.set(network, count);
}
