import type { BuriedKey, EncodedCopy } from '../core/messages.js';
import { compareVersions, isAmong, type Version } from '../core/record/version.js';
import type {
  TierCoreEvent,
  TierEffect,
  TierFound,
  TierOutcome,
  TierSettings,
} from '../core/tier/tier-port.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { World } from './world.js';

type Untimed<Event> = Event extends unknown ? Omit<Event, 'nowMs'> : never;
export type TierReport = Untimed<TierCoreEvent>;

interface Entry {
  readonly version: Version;
  /** Undefined: the end of the record. */
  readonly copy: EncodedCopy | undefined;
  readonly writtenMs: number;
  readonly untilMs: number;
}

export interface SimTierShape {
  readonly settings: TierSettings;
  readonly maxDelayMs: number;
  /** An operation fails; half of those were carried out all the same. */
  readonly failChance: number;
  /** Writes whatever comes, as a store would that does not compare. For tests of the tests. */
  readonly careless?: boolean | undefined;
}

/** What a seed has behind its nodes: often nothing, as most clusters. */
export function drawTier(random: Random): SimTierShape | 'none' {
  if (random.chance(0.6)) return 'none';
  return {
    settings: {
      mode: random.chance(0.6) ? 'write-behind' : 'write-through',
      flushMs: random.pick([20, 200, 500]),
      waitMs: 1000,
    },
    maxDelayMs: random.pick([1, 5, 40]),
    failChance: random.pick([0, 0.01, 0.1]),
  };
}

/** In every other seed the store is away once, for longer or shorter than an answer waits for it. */
export function takeTierAway({ tier, scheduler, random }: World, fromMs: number, toMs: number) {
  const stream = random.stream('tier outage');
  if (!tier || stream.chance(0.5)) return;
  const atMs = stream.between(fromMs, toMs);
  scheduler.at(atMs, () => tier.leave(atMs + stream.pick([300, 2000, 8000])));
}

/** A read that takes this long has failed, as the client of a real store would say. */
const TIMEOUT_MS = 1000;
const SPIKE_CHANCE = 0.02;

/**
 * The store behind all nodes under virtual time. Operations take their time each for itself, so they
 * overtake one another; some fail, and nobody knows whether they were carried out.
 */
export class SimTier {
  readonly entries = new Map<string, Entry>();
  /** When it did not answer, or too late. */
  readonly failedMs: number[] = [];
  #away = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    readonly shape: SimTierShape,
  ) {}

  /** Away for a while: everything fails, and what was on its way may have arrived. */
  leave(untilMs: number): void {
    this.#away = true;
    this.scheduler.at(untilMs, () => {
      this.#away = false;
    });
  }

  apply(effect: TierEffect, answer: (report: TierReport) => void): void {
    const fails = this.#away || this.random.chance(this.shape.failChance);
    const arrives = !fails || (effect.kind !== 'tier-read' && this.random.chance(0.5));
    const delayMs = this.random.chance(SPIKE_CHANCE)
      ? this.random.between(0, TIMEOUT_MS)
      : this.random.between(0.1, this.shape.maxDelayMs);
    this.scheduler.after(delayMs, () => {
      const report = arrives ? this.#carryOut(effect) : undefined;
      const back = fails ? this.random.between(0, TIMEOUT_MS) : this.random.between(0.1, 2);
      this.scheduler.after(back, () => {
        // A new id takes two operations, one after the other, and is waited for as long as one (calm, seed 3).
        const isLate = delayMs + back > this.shape.settings.waitMs / 2;
        if (fails || isLate) this.failedMs.push(this.scheduler.nowMs);
        answer(fails || !report ? failureOf(effect) : report);
      });
    });
  }

  find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry && this.scheduler.nowMs < entry.untilMs ? entry : undefined;
  }

  #carryOut(effect: TierEffect): TierReport {
    switch (effect.kind) {
      case 'tier-read':
        return { kind: 'tier-found', key: effect.key, found: this.#read(effect.key) };
      case 'tier-write': {
        const { key, copy } = effect;
        const version = { epoch: copy.epoch, seq: copy.seq };
        const outcome = this.#write(effect, version);
        return { kind: 'tier-written', key, version, outcome };
      }
      case 'tier-bury':
        this.#bury(effect.buried);
        return { kind: 'tier-buried', key: effect.buried.key, done: true };
    }
  }

  #read(key: string): TierFound {
    const entry = this.find(key);
    if (!entry) return { kind: 'none' };
    const { version, copy, writtenMs } = entry;
    if (!copy) return { kind: 'buried', buried: this.#buried(key, entry) };
    const ageMs = this.scheduler.nowMs - writtenMs;
    const idleRemainingMs = copy.idleRemainingMs - ageMs;
    const absoluteRemainingMs = copy.absoluteRemainingMs - ageMs;
    return {
      kind: 'copy',
      copy: { ...copy, ...version, backups: [], idleRemainingMs, absoluteRemainingMs },
    };
  }

  #write(
    { key, copy, contains, keepMs }: Extract<TierEffect, { kind: 'tier-write' }>,
    version: Version,
  ): TierOutcome {
    const held = this.shape.careless ? undefined : this.find(key);
    if (held && !held.copy) return { kind: 'buried', buried: this.#buried(key, held) };
    if (held && compareVersions(held.version, version) > 0) {
      return { kind: 'older', version: held.version };
    }
    if (held && !isAmong(contains, held.version)) return { kind: 'apart', version: held.version };
    const writtenMs = this.scheduler.nowMs;
    this.entries.set(key, { version, copy, writtenMs, untilMs: writtenMs + keepMs });
    return { kind: 'stored' };
  }

  #bury({ key, version, remainingMs }: BuriedKey): void {
    const held = this.find(key);
    const writtenMs = this.scheduler.nowMs;
    const heldUntilMs = held && !held.copy ? held.untilMs : 0;
    const untilMs = Math.max(heldUntilMs, writtenMs + remainingMs);
    this.entries.set(key, { version, copy: undefined, writtenMs, untilMs });
  }

  #buried(key: string, { version, untilMs }: Entry): BuriedKey {
    return { key, version, remainingMs: untilMs - this.scheduler.nowMs };
  }
}

function failureOf(effect: TierEffect): TierReport {
  switch (effect.kind) {
    case 'tier-read':
      return { kind: 'tier-found', key: effect.key, found: { kind: 'failed' } };
    case 'tier-write': {
      const { key, copy } = effect;
      const version = { epoch: copy.epoch, seq: copy.seq };
      return { kind: 'tier-written', key, version, outcome: { kind: 'failed' } };
    }
    case 'tier-bury':
      return { kind: 'tier-buried', key: effect.buried.key, done: false };
  }
}
