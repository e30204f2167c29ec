import { type AddressCounts, AddressTeller, addTo } from '../edge/address-counts.js';
import type { WorkerProcess } from './worker-process.js';

interface Listener {
  readonly teller: AddressTeller;
  /** Its own connections, which are gone when it is. */
  readonly open: Map<string, number>;
}

/** Tells each worker what addresses do at the others, so that their bounds hold for all together. */
export class AddressRelay {
  readonly #listeners = new Map<WorkerProcess, Listener>();

  constructor(readonly maxAddresses: number) {}

  /** From now on the worker is told; what it has to know before is returned. */
  welcome(worker: WorkerProcess): AddressCounts {
    const all = new Map<string, number>();
    for (const { open } of this.#listeners.values()) {
      for (const [network, count] of open) addTo(all, network, count);
    }
    const send = (counts: AddressCounts, onSent: () => void): void => {
      worker.send({ kind: 'addresses', counts }, onSent);
    };
    const teller = new AddressTeller(send, this.maxAddresses);
    this.#listeners.set(worker, { teller, open: new Map() });
    return { requests: [], connections: [...all] };
  }

  hear(from: WorkerProcess, counts: AddressCounts): void {
    const own = this.#listeners.get(from)?.open;
    if (own === undefined) return;
    for (const [network, change] of counts.connections) addTo(own, network, change);
    this.#tellOthers(from, counts);
  }

  /** A worker has ended. */
  forget(worker: WorkerProcess): void {
    const gone = this.#listeners.get(worker);
    if (gone === undefined) return;
    this.#listeners.delete(worker);
    const closed = [...gone.open].map(([network, count]) => [network, -count] as const);
    this.#tellOthers(worker, { requests: [], connections: closed });
  }

  #tellOthers(from: WorkerProcess, counts: AddressCounts): void {
    for (const [worker, { teller }] of this.#listeners) if (worker !== from) teller.passOn(counts);
  }
}
