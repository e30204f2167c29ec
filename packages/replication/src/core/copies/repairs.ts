import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Incarnation, OwnedRecord, SessionRecord } from '../record/record.js';
import { ByteBudget } from './byte-budget.js';
import { RepairQueue } from './repair-queue.js';

/** What repairs need of whoever keeps the copies. */
export interface CopyMaker {
  /** Complete copies left of a record that needs more; undefined when it has all it can get. */
  copiesLeft(
    record: OwnedRecord,
    eligible: number,
    resync: ReadonlySet<Incarnation>,
  ): number | undefined;
  /** Sends what is missing apart from changes; the bytes sent, or `full` when a peer takes no more. */
  repair(record: OwnedRecord): number | 'full';
}

/**
 * Makes copies that were lost with a node, or that a peer may have missed: the records with the
 * fewest copies left first, at a bounded rate, on a connection of their own. A commit does not wait
 * for this: a record that is changed gets its copies at once, as a part of the change.
 */
export class Repairs {
  readonly #queue = new RepairQueue();
  readonly #budget: ByteBudget;
  #resync = new Set<Incarnation>();
  #walk:
    | { readonly records: Iterator<SessionRecord>; readonly resync: Set<Incarnation> }
    | undefined;
  #wanted = false;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: CoreContext,
    private readonly maker: CopyMaker,
  ) {
    const { bytesPerSecond } = context.settings.repair ?? DEFAULT_REPAIR;
    this.#budget = new ByteBudget(bytesPerSecond, context.nowMs);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  isQueued(key: string): boolean {
    return this.#queue.has(key);
  }

  /** Members changed: look through all records, a bounded part per tick. */
  lookOver(): void {
    this.#wanted = true;
  }

  /**
   * A node died: whoever waits for a session that it led comes first. To encode and send some hundreds
   * of copies, and to store them at the other end, takes longer than the takeovers do.
   */
  memberDied(): void {
    const { nowMs, settings } = this.context;
    this.#restUntilMs = nowMs + settings.timings.adoptAfterMs;
  }

  /** What was under way to this peer is lost: look for what it lacks. */
  resync(peer: Incarnation): void {
    this.#resync.add(peer);
    this.#wanted = true;
  }

  add(key: string, copies: number): void {
    this.#queue.add(key, copies);
  }

  consider(record: OwnedRecord): void {
    const copies = this.maker.copiesLeft(record, this.context.copyTargets().length, NOBODY);
    if (copies !== undefined) this.#queue.add(record.key, copies);
  }

  /** It gets its copies by other means. */
  done(key: string): void {
    this.#queue.delete(key);
  }

  tick(): void {
    const { busConnected, nowMs } = this.context;
    if (!busConnected || nowMs < this.#restUntilMs) return;
    this.#lookAtSome();
    this.#repairSome();
  }

  #lookAtSome(): void {
    if (!this.#walk) {
      if (!this.#wanted) return;
      this.#wanted = false;
      this.#walk = { records: this.context.records.values(), resync: this.#resync };
      this.#resync = new Set();
    }
    const eligible = this.context.copyTargets().length;
    for (let count = 0; count < LIMITS.surveyedPerTick; count++) {
      const next = this.#walk.records.next();
      if (next.done) {
        this.#walk = undefined;
        return;
      }
      if (next.value.role !== 'owner') continue;
      const copies = this.maker.copiesLeft(next.value, eligible, this.#walk.resync);
      if (copies !== undefined) this.#queue.add(next.value.key, copies);
    }
  }

  #repairSome(): void {
    const { context } = this;
    const full: { readonly key: string; readonly copies: number }[] = [];
    for (let count = 0; count < LIMITS.repairsPerTick; count++) {
      if (!this.#budget.hasRoom(context.nowMs)) break;
      const next = this.#queue.take();
      if (!next) break;
      const record = context.records.get(next.key);
      if (record?.role !== 'owner') continue;
      const sent = this.maker.repair(record);
      if (sent === 'full') full.push(next);
      else this.#budget.spend(sent);
    }
    // Behind the others: one peer that takes no more must not stop those that do.
    for (const { key, copies } of full) this.#queue.add(key, copies);
  }
}

/** Bytes of copies per second that a node sends to make up for lost ones. */
export const DEFAULT_REPAIR = { bytesPerSecond: 20 * 1024 * 1024 } as const;

const NOBODY: ReadonlySet<Incarnation> = new Set();
