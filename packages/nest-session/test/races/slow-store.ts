import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, SessionUnavailableError } from '@understudy/replication';

/** What writes. */
const SLOW: ReadonlySet<PropertyKey> = new Set(['create', 'commit', 'rotate']);
const MAX_DELAY_MS = 500;
const FAILS_EVERY = 100;

/**
 * A cluster whose writes take 0 to 500 ms, by a sequence that is the same in every run, and of which
 * one in a hundred fails without having been made.
 */
export class SlowStore {
  writes = 0;
  failures = 0;
  #state = 1;

  around(cluster: Cluster): Cluster {
    return new Proxy(cluster, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...given: unknown[]) => unknown;
        if (!SLOW.has(name)) return call;
        return async (...given: unknown[]) => {
          await this.#pass();
          return call(...given);
        };
      },
    });
  }

  async #pass(): Promise<void> {
    this.writes += 1;
    const fails = this.writes % FAILS_EVERY === 0;
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    await delay(this.#state % MAX_DELAY_MS);
    if (!fails) return;
    this.failures += 1;
    throw new SessionUnavailableError('the store failed', 1000);
  }
}
