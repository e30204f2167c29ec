import { compareLineages, type Lineage } from '../../core/record/record.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';

/**
 * I2: what a node promised to another never goes down while it lives. A promise to itself may: a
 * claim that it withdraws binds nobody.
 */
export class PromiseWatch {
  readonly #before = new WeakMap<SimProcess, Map<string, Lineage>>();

  *look(world: World): Generator<Violation> {
    const atMs = world.scheduler.nowMs;
    for (const process of world.processes) {
      const { core, id } = process;
      let before = this.#before.get(process);
      if (!before) {
        before = new Map();
        this.#before.set(process, before);
      }
      for (const [key, promise] of core.promises.entries()) {
        const old = before.get(key);
        if (old === promise) continue;
        if (old && !old.owner.startsWith(`${id}~`) && compareLineages(promise, old) < 0) {
          const text = `${id} had promised ${old.epoch}@${old.owner}, now ${promise.epoch}@${promise.owner}`;
          yield { rule: 'I2-promise-lowered', atMs, key, text };
        }
        before.set(key, promise);
      }
    }
  }
}
