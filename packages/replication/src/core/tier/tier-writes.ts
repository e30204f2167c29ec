import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import { type OwnedRecord, versionOf } from '../record/record.js';
import { compareVersions, isAmong, type Version } from '../record/version.js';
import type { TierPace } from './tier-pace.js';
import type { TierOutcome, TierSettings } from './tier-port.js';

/** A commit that is answered once the tier has it. */
interface Waiter {
  readonly version: Version;
  readonly untilMs: number;
  readonly done: (stored: boolean) => void;
}

/** What the tier is known to have of a record that this node leads. */
interface Progress {
  stored: Version | undefined;
  inFlight: boolean;
  waiters: Waiter[];
  /** What the tier held of another lineage, which is in the record by now. */
  met: Version | undefined;
  /** What the tier holds is looked at: until then nothing is written over it. */
  isHeldBack: boolean;
}

/**
 * Which owned records the tier does not have in their present version. A record is dirty until the
 * tier has confirmed that version, never just until it was sent; what is written is its state at
 * that moment, so an outage of any length leaves no more than one write per record.
 */
export class TierWrites {
  readonly #progress = new Map<string, Progress>();
  readonly #dirty = new Set<string>();
  readonly #waiting = new Set<Progress>();
  #inFlight = 0;
  #flushMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: CoreContext,
    private readonly settings: TierSettings,
    private readonly pace: TierPace,
    /** The tier knows better than this node. */
    private readonly contradicted: (record: OwnedRecord, outcome: TierOutcome) => void,
  ) {}

  /** Records whose present version is not confirmed. */
  get unconfirmed(): number {
    return this.#dirty.size + this.#inFlight;
  }

  isStored(key: string, version: Version): boolean {
    const stored = this.#progress.get(key)?.stored;
    return stored !== undefined && compareVersions(stored, version) >= 0;
  }

  /** Neither unwritten nor on its way, as far as this node leads it. */
  isConfirmed(key: string): boolean {
    return !this.#dirty.has(key) && !this.#progress.get(key)?.inFlight;
  }

  changed(record: OwnedRecord): void {
    // Rate limits that belong to no session are not worth a write each.
    if (record.content.kind === 'shared') return;
    if (!this.#progress.has(record.key)) {
      this.#progress.set(record.key, newProgress());
    }
    this.#dirty.add(record.key);
    if (this.settings.mode === 'write-through') this.urge(record.key);
  }

  /** The session got a new id: what waits for its changes waits for the successor, which has them. */
  takeAlong(from: string, successor: OwnedRecord): void {
    const before = this.#progress.get(from);
    const after = this.#progress.get(successor.key);
    if (!before || !after || before.waiters.length === 0) return;
    const version = versionOf(successor);
    for (const { untilMs, done } of before.waiters) after.waiters.push({ version, untilMs, done });
    before.waiters = [];
    this.#waiting.delete(before);
    this.#waiting.add(after);
  }

  /** This node no longer leads it: whoever does, writes it. */
  forget(key: string): void {
    this.#progress.delete(key);
    this.#dirty.delete(key);
  }

  /** Writes a record now, not at the next flush. */
  urge(key: string): void {
    const progress = this.#progress.get(key);
    if (!progress || progress.inFlight || progress.isHeldBack || !this.#dirty.has(key)) return;
    if (this.#inFlight < LIMITS.tierWritesInFlight && this.pace.mayAsk(this.context.nowMs)) {
      this.#write(key, progress);
    }
  }

  awaitStored(record: OwnedRecord, done: (stored: boolean) => void): void {
    const progress = this.#progress.get(record.key);
    if (!progress || this.isStored(record.key, record)) {
      done(true);
      return;
    }
    const untilMs = this.context.nowMs + this.settings.waitMs;
    progress.waiters.push({ version: versionOf(record), untilMs, done });
    this.#waiting.add(progress);
    this.urge(record.key);
  }

  written(key: string, version: Version, outcome: TierOutcome): void {
    this.#inFlight--;
    const progress = this.#progress.get(key);
    const record = this.context.records.get(key);
    if (!progress || record?.role !== 'owner') return;
    progress.inFlight = false;
    if (outcome.kind === 'stored') {
      if (version.epoch === record.epoch)
        this.context.owner.keeper.unshared.stored(record, version.seq);
      if (!this.isStored(key, version)) progress.stored = version;
      this.#settle(progress, version);
      if (progress.waiters.length > 0) this.urge(key);
      return;
    }
    this.#dirty.add(key);
    const overtaken = outcome.kind === 'older' && compareVersions(outcome.version, record) < 0;
    if (outcome.kind !== 'failed' && !overtaken) this.contradicted(record, outcome);
  }

  /** What the tier holds is to be looked at before it is replaced. */
  holdBack(key: string): void {
    const progress = this.#progress.get(key);
    if (progress) progress.isHeldBack = true;
  }

  /** Writes again; `met` is in the record now. */
  goOn(key: string, met: Version | undefined): void {
    const progress = this.#progress.get(key);
    if (!progress?.isHeldBack) return;
    progress.isHeldBack = false;
    if (met) progress.met = met;
    if (met && progress.waiters.length > 0) this.urge(key);
  }

  /** The tier may have forgotten everything. */
  startAnew(): void {
    for (const [key, progress] of this.#progress) {
      progress.stored = undefined;
      this.#dirty.add(key);
    }
    this.#flushMs = Number.NEGATIVE_INFINITY;
  }

  tick(): void {
    const { nowMs, state } = this.context;
    this.#giveUpWaiting();
    // A node that leaves does not wait for the next flush, and neither do answers.
    const isUrgent = state === 'draining' || this.#waiting.size > 0;
    const isDue = isUrgent || nowMs - this.#flushMs >= this.settings.flushMs;
    if (!isDue || !this.pace.mayAsk(nowMs)) return;
    for (const key of this.#dirty) {
      if (this.#inFlight >= LIMITS.tierWritesInFlight) return;
      this.urge(key);
    }
    this.#flushMs = nowMs;
  }

  #write(key: string, progress: Progress): void {
    const { context } = this;
    const record = context.records.get(key);
    if (record?.role !== 'owner') return;
    progress.inFlight = true;
    this.#inFlight++;
    this.#dirty.delete(key);
    const copy = context.owner.keeper.copyOf(record);
    // Touches below a tenth of the idle time are not told, to the tier as to the backups.
    const keepMs = Math.min(
      copy.idleRemainingMs + record.content.idleTimeoutMs / 10,
      copy.absoluteRemainingMs,
    );
    context.emit({ kind: 'tier-write', key, copy, contains: versionsIn(record, progress), keepMs });
  }

  #settle(progress: Progress, version: Version): void {
    if (progress.waiters.length === 0) return;
    const waiting = progress.waiters;
    progress.waiters = waiting.filter((waiter) => compareVersions(waiter.version, version) > 0);
    if (progress.waiters.length === 0) this.#waiting.delete(progress);
    for (const waiter of waiting) {
      if (compareVersions(waiter.version, version) <= 0) waiter.done(true);
    }
  }

  #giveUpWaiting(): void {
    const { nowMs } = this.context;
    for (const progress of this.#waiting) {
      const late = progress.waiters.filter(({ untilMs }) => nowMs >= untilMs);
      progress.waiters = progress.waiters.filter(({ untilMs }) => nowMs < untilMs);
      if (progress.waiters.length === 0) this.#waiting.delete(progress);
      for (const waiter of late) waiter.done(false);
    }
  }
}

function newProgress(): Progress {
  return {
    stored: undefined,
    inFlight: false,
    waiters: [],
    met: undefined,
    isHeldBack: false,
  };
}

/**
 * Versions that the tier may hold and that are in the record. It does not know owners: of two that used
 * one epoch only what both had counts, and of its own epoch nothing before the tier has taken some of it,
 * for another side may be the one that wrote there.
 */
function versionsIn(record: OwnedRecord, { met }: Progress): readonly Version[] {
  const versions: Version[] = [];
  for (const { epoch, seq } of record.content.past?.contains ?? []) {
    const last = versions.at(-1);
    if (last?.epoch !== epoch) versions.push({ epoch, seq });
    else if (seq < last.seq) versions[versions.length - 1] = { epoch, seq };
  }
  if (record.storedSeq >= 0) versions.push(versionOf(record));
  if (met && !isAmong(versions, met)) versions.push(met);
  return versions;
}
