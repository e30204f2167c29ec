import type { Fleet } from '../fleet.js';
import { type FleetView, isSameView, viewOf } from './fleet-view.js';
import type { WorkerPool } from './worker-pool.js';

/** Loads change in silence; as old may be what workers know of them. */
const LOADS_MS = 500;

/** Sends the nodes to the workers whenever something of them has changed. */
export class ViewPublisher {
  view: FleetView;
  readonly #fleet: Fleet;
  readonly #pool: WorkerPool;
  readonly #stopWatching: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(fleet: Fleet, pool: WorkerPool) {
    this.#fleet = fleet;
    this.#pool = pool;
    this.view = viewOf(fleet, 1);
    fleet.onNews = () => this.#publish();
    this.#stopWatching = fleet.options.directory.onChange(() => this.#publish());
    this.#timer = setInterval(() => {
      fleet.refresh();
      this.#publish();
    }, LOADS_MS);
  }

  stop(): void {
    this.#fleet.onNews = undefined;
    this.#stopWatching();
    clearInterval(this.#timer);
  }

  #publish(): void {
    const next = viewOf(this.#fleet, this.view.number + 1);
    if (isSameView(this.view, next)) return;
    this.view = next;
    for (const worker of this.#pool.workers) worker.push(next);
  }
}
