import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { OwnedRecord } from '../record/record.js';

/** Two sides of a start that took longer than this find out by other means. */
const WATCH_MS = 10 * 60_000;

/**
 * Records that came from the tier because nobody known here had them. A node that starts may simply
 * not have heard of the one that leads the session: its bus is slow, or the other is paused. So when
 * a further node appears, it is asked (the failure prevented: two owners that both sit still, and
 * never learn of each other).
 */
export class Restored {
  /** When each was restored. */
  readonly #atMs = new Map<string, number>();
  #toAsk: string[] = [];

  constructor(
    private readonly context: CoreContext,
    private readonly verify: (record: OwnedRecord) => void,
  ) {}

  add(key: string): void {
    this.#atMs.delete(key);
    this.#atMs.set(key, this.context.nowMs);
  }

  memberJoined(): void {
    for (const [key, atMs] of this.#atMs) {
      if (this.context.nowMs - atMs <= WATCH_MS) break;
      this.#atMs.delete(key);
    }
    this.#toAsk = [...this.#atMs.keys()];
  }

  tick(): void {
    for (const key of this.#toAsk.splice(0, LIMITS.adoptionsPerTick)) {
      const record = this.context.records.get(key);
      if (record?.role === 'owner') this.verify(record);
    }
  }
}
