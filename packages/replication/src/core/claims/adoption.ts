import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { HeldRecord } from '../memory/held-record.js';
import { isOrphan } from '../record/leader.js';
import type { SessionRecord } from '../record/record.js';

/** Holders that are not the first in line wait this many times longer, in case the first fails. */
const PATIENCE = 8;

interface Orphan {
  readonly key: string;
  readonly atMs: number;
}

/**
 * Orphans find an owner without waiting for a request: after a node died, the first live backup of
 * each of its records claims it, so that no idle session is left with a single copy.
 */
export class Adoption {
  readonly #queued = new Set<string>();
  /** One queue for each time to wait: what comes later is due later, and nothing is sorted. */
  readonly #next = new DueQueue();
  readonly #patient = new DueQueue();
  #walk: Iterator<SessionRecord> | undefined;
  #wanted = false;

  constructor(private readonly context: CoreContext) {}

  /** Whether an orphan is on its way to a claim. */
  has(key: string): boolean {
    return this.#queued.has(key);
  }

  /** A node died, or this one has a new name: whatever is held and led by nobody. */
  lookForOrphans(): void {
    this.#wanted = true;
  }

  tick(): void {
    this.#lookAtSome();
    if (!this.context.busConnected) return;
    let room: number = LIMITS.adoptionsPerTick;
    for (const queue of [this.#next, this.#patient]) {
      for (; room > 0; room--) {
        const orphan = queue.take(this.context.nowMs);
        if (!orphan) break;
        // Listed twice when others before this node in the line died meanwhile.
        if (this.#queued.delete(orphan.key)) this.#adopt(orphan.key);
      }
    }
  }

  #adopt(key: string): void {
    const { context } = this;
    if (!isOrphan(context, key)) return;
    context.claims.start(key, 0, (outcome) => {
      // Somebody is ahead, or still hears the leader: look again whether it stays an orphan.
      if (outcome === 'elsewhere') this.#enqueue(key, this.#patient, PATIENCE);
    });
  }

  /** A bounded part of all records per tick. */
  #lookAtSome(): void {
    if (!this.#walk) {
      if (!this.#wanted) return;
      this.#wanted = false;
      this.#walk = this.context.records.values();
    }
    for (let count = 0; count < LIMITS.surveyedPerTick; count++) {
      const next = this.#walk.next();
      if (next.done) {
        this.#walk = undefined;
        return;
      }
      const record = next.value;
      if (record.role === 'backup' && isOrphan(this.context, record.key)) this.#found(record);
    }
  }

  #found(record: HeldRecord): void {
    const { self, membership } = this.context;
    const first = record.backups.find((node) => node === self || membership.isLive(node));
    if (first === undefined || first === self) this.#enqueue(record.key, this.#next, 1);
    else this.#enqueue(record.key, this.#patient, PATIENCE);
  }

  #enqueue(key: string, queue: DueQueue, times: number): void {
    if (queue === this.#patient && this.#queued.has(key)) return;
    const { nowMs, settings } = this.context;
    this.#queued.add(key);
    queue.add({ key, atMs: nowMs + settings.timings.adoptAfterMs * times });
  }
}

class DueQueue {
  #orphans: Orphan[] = [];
  #head = 0;

  add(orphan: Orphan): void {
    this.#orphans.push(orphan);
  }

  take(nowMs: number): Orphan | undefined {
    const orphan = this.#orphans[this.#head];
    if (!orphan || orphan.atMs > nowMs) return undefined;
    this.#head++;
    // Not by `shift()`, which moves everything behind it.
    if (this.#head === this.#orphans.length) {
      this.#orphans = [];
      this.#head = 0;
    }
    return orphan;
  }
}
