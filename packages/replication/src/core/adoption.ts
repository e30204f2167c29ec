import type { CoreContext } from './context.js';
import type { HeldRecord } from './held-record.js';
import { isOrphan, leaderOf } from './leader.js';
import { LIMITS } from './limits.js';
import type { Incarnation } from './record.js';

/** Holders that are not the first in line wait this many times longer, in case the first fails. */
const PATIENCE = 8;

/**
 * Orphans find an owner without waiting for a request: after a node died, the first live backup of
 * each of its records claims it, so that no idle session is left with a single copy.
 */
export class Adoption {
  readonly #queued = new Set<string>();
  readonly #queue: { readonly key: string; readonly atMs: number }[] = [];

  constructor(private readonly context: CoreContext) {}

  /** Whether an orphan is on its way to a claim. */
  has(key: string): boolean {
    return this.#queued.has(key);
  }

  memberDied(incarnation: Incarnation): void {
    for (const record of this.context.records.values()) {
      if (record.role === 'backup' && leaderOf(this.context, record.key) === incarnation) {
        this.#enqueue(record);
      }
    }
    this.#queue.sort((a, b) => a.atMs - b.atMs);
  }

  /** After a rebirth: whatever is held and led by nobody. */
  adoptOrphans(): void {
    for (const record of this.context.records.values()) {
      if (record.role === 'backup' && isOrphan(this.context, record.key)) this.#enqueue(record);
    }
    this.#queue.sort((a, b) => a.atMs - b.atMs);
  }

  tick(): void {
    const { context } = this;
    if (!context.busConnected) return;
    let started = 0;
    while (started < LIMITS.adoptionsPerTick) {
      const next = this.#queue[0];
      if (!next || next.atMs > context.nowMs) return;
      this.#queue.shift();
      this.#queued.delete(next.key);
      if (!isOrphan(context, next.key)) continue;
      started++;
      context.claims.start(next.key, 0, (outcome) => {
        if (outcome === 'elsewhere') this.#tryAgain(next.key);
      });
    }
  }

  /** Somebody is ahead, or still hears the leader: look again whether it stays an orphan. */
  #tryAgain(key: string): void {
    const { nowMs, settings } = this.context;
    // At the end: the queue is in the order of time, and nothing in it waits longer.
    this.#queued.add(key);
    this.#queue.push({ key, atMs: nowMs + settings.timings.adoptAfterMs * PATIENCE });
  }

  #enqueue(record: HeldRecord): void {
    const { self, nowMs, settings, membership } = this.context;
    const first = record.backups.find((node) => node === self || membership.isLive(node));
    const isNext = first === undefined || first === self;
    const delayMs = settings.timings.adoptAfterMs * (isNext ? 1 : PATIENCE);
    this.#queued.add(record.key);
    this.#queue.push({ key: record.key, atMs: nowMs + delayMs });
  }
}
