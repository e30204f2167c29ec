import type { World } from '../world.js';
import type { Violation } from './evidence.js';
import { wasDisturbed } from './excuses.js';

/** For longer than any handoff, claim or verification takes. */
const BOTH_MS = 2500;

/**
 * I1: two nodes that hear each other do not both lead a record for longer than it takes to tell one
 * of them. Only where nothing else is wrong: a fault may keep them from hearing.
 */
export class OwnerWatch {
  /** Since when more than one node leads the record. */
  readonly #sinceMs = new Map<string, number>();

  *look(world: World): Generator<Violation> {
    const atMs = world.scheduler.nowMs;
    const owners = new Map<string, string[]>();
    for (const { id, core, paused } of world.processes) {
      if (paused || !core.busConnected) continue;
      for (const record of core.records.values()) {
        const { key } = record;
        if (record.role !== 'owner' || record.verifiedMs < core.unverifiedSinceMs) continue;
        const list = owners.get(key);
        if (list) list.push(`${id} at ${record.epoch}.${record.seq}`);
        else owners.set(key, [`${id} at ${record.epoch}.${record.seq}`]);
      }
    }
    for (const key of [...this.#sinceMs.keys()]) {
      if ((owners.get(key)?.length ?? 0) < 2) this.#sinceMs.delete(key);
    }
    for (const [key, list] of owners) {
      if (list.length < 2) continue;
      const sinceMs = this.#sinceMs.get(key);
      if (sinceMs === undefined) this.#sinceMs.set(key, atMs);
      else if (atMs - sinceMs > BOTH_MS && !wasDisturbed(world.faults, sinceMs, atMs)) {
        this.#sinceMs.set(key, atMs);
        yield {
          rule: 'I1-two-owners',
          atMs,
          key,
          text: `since ${sinceMs.toFixed(0)}: ${list.join(', ')}`,
        };
      }
    }
  }
}
