import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { Tombstone } from '../record/record.js';
import type { TierPace } from './tier-pace.js';
import type { TierSettings } from './tier-port.js';
import type { TierWrites } from './tier-writes.js';

interface TierBurial {
  buried: BuriedKey;
  /** By the clock of this node. */
  untilMs: number;
  /** The successor of a rotation, which the tier is to have first. */
  after: string | undefined;
  inFlight: boolean;
  waiters: { readonly untilMs: number; readonly done: (told: boolean) => void }[];
}

/**
 * The ends that the tier has not confirmed. Told again until it does, however long it is away: after
 * all nodes were down, the tier is all that knows of a logout.
 */
export class TierBurials {
  readonly #open = new Map<string, TierBurial>();
  /** Those that wait for a successor, by its key. */
  readonly #bySuccessor = new Map<string, TierBurial>();
  #inFlight = 0;
  /** Tombstones that a tier which forgot everything is told again, some per tick. */
  #retold: Iterator<Tombstone> | undefined;

  constructor(
    private readonly context: CoreContext,
    private readonly settings: TierSettings,
    private readonly pace: TierPace,
    private readonly writes: TierWrites,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  bury(buried: BuriedKey, after: string | undefined, done?: (told: boolean) => void): void {
    const { nowMs } = this.context;
    const untilMs = nowMs + buried.remainingMs;
    let burial = this.#open.get(buried.key);
    if (!burial) {
      burial = { buried, untilMs, after, inFlight: false, waiters: [] };
      this.#open.set(buried.key, burial);
      this.#forgetOldest();
    }
    burial.untilMs = Math.max(burial.untilMs, untilMs);
    if (done) burial.waiters.push({ untilMs: nowMs + this.settings.waitMs, done });
    if (after !== undefined) {
      this.#bySuccessor.set(after, burial);
      this.writes.urge(after);
    }
    this.#tell(burial);
  }

  answered(key: string, done: boolean): void {
    this.#inFlight--;
    const burial = this.#open.get(key);
    if (!burial) return;
    burial.inFlight = false;
    if (!done) return;
    this.#forget(burial);
    for (const waiter of burial.waiters) waiter.done(true);
  }

  /** The tier has this record: a burial that waited for its successor goes on. */
  confirmed(key: string): void {
    const burial = this.#bySuccessor.get(key);
    if (burial) this.#tell(burial);
  }

  retell(tombstones: Iterator<Tombstone>): void {
    this.#retold = tombstones;
  }

  tick(): void {
    this.#retellSome();
    const { nowMs } = this.context;
    for (const burial of this.#open.values()) {
      if (nowMs >= burial.untilMs) this.#forget(burial);
      else this.#tell(burial);
      if (burial.waiters.length === 0) continue;
      const late = burial.waiters.filter(({ untilMs }) => nowMs >= untilMs);
      burial.waiters = burial.waiters.filter(({ untilMs }) => nowMs < untilMs);
      for (const waiter of late) waiter.done(false);
    }
  }

  #tell(burial: TierBurial): void {
    const { nowMs } = this.context;
    const { after, inFlight, buried } = burial;
    if (inFlight || this.#inFlight >= LIMITS.tierWritesInFlight) return;
    if (!this.pace.mayAsk(nowMs)) return;
    // Else all nodes may die in between: the session buried, and its successor nowhere.
    if (after !== undefined && !this.writes.isConfirmed(after)) return;
    burial.inFlight = true;
    this.#inFlight++;
    const remainingMs = Math.max(0, burial.untilMs - nowMs);
    this.context.emit({ kind: 'tier-bury', buried: { ...buried, remainingMs } });
  }

  #retellSome(): void {
    for (let count = 0; this.#retold && count < LIMITS.tombstonesRetoldPerTick; count++) {
      const next = this.#retold.next();
      if (next.done) this.#retold = undefined;
      else {
        const { key, version, untilMs } = next.value;
        this.bury({ key, version, remainingMs: untilMs - this.context.nowMs }, undefined);
      }
    }
  }

  #forget({ buried, after }: TierBurial): void {
    this.#open.delete(buried.key);
    if (after !== undefined) this.#bySuccessor.delete(after);
  }

  #forgetOldest(): void {
    if (this.#open.size <= LIMITS.openTierBurials) return;
    const oldest = this.#open.values().next().value as TierBurial;
    this.#forget(oldest);
    this.context.notice({ kind: 'limit', limit: 'openTierBurials' });
    for (const waiter of oldest.waiters) waiter.done(false);
  }
}
