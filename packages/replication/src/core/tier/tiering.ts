import { ranksFirst } from '../../placement/rank.js';
import { Restored } from '../anti-entropy/restored.js';
import type { Durability } from '../calls/calls.js';
import type { Confirm } from '../claims/verifier.js';
import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { OwnedRecord, Tombstone } from '../record/record.js';
import type { Version } from '../record/version.js';
import { TierBurials } from './tier-burials.js';
import { TierPace } from './tier-pace.js';
import type { TierCoreEvent, TierFound, TierOutcome, TierSettings } from './tier-port.js';
import { TierRivals } from './tier-rivals.js';
import { TierWrites } from './tier-writes.js';

/** Never used: without a tier nothing is asked of it. */
const NO_TIER: TierSettings = { mode: 'write-behind', flushMs: 0, waitMs: 0 };

/**
 * What this node and the store behind the cluster owe each other. The owner of a record writes it,
 * every version compared there; ends are written through; who finds a session nowhere reads it. A
 * node without a tier has one of these, too, which does nothing.
 *
 * It is the memory cap's `ColdCopies`: `isStored` says what may leave memory, `request` asks for it.
 */
export class Tiering {
  readonly enabled: boolean;
  readonly #settings: TierSettings;
  readonly #pace = new TierPace();
  readonly #writes: TierWrites;
  readonly #burials: TierBurials;
  /** Who waits for what the tier holds of a key. */
  readonly #reads = new Map<string, ((found: TierFound) => void)[]>();

  readonly #restored: Restored;
  readonly #rivals: TierRivals;

  constructor(
    private readonly context: CoreContext,
    private readonly tombstones: ReadonlyMap<string, Tombstone>,
    verify: (record: OwnedRecord) => void,
    private readonly confirm: Confirm,
  ) {
    const settings = context.settings.tier;
    this.enabled = settings !== undefined;
    this.#settings = settings ?? NO_TIER;
    this.#writes = new TierWrites(context, this.#settings, this.#pace, (record, outcome) =>
      this.#contradicted(record, outcome),
    );
    this.#restored = new Restored(context, verify);
    const bury = ({ buried }: { buried: BuriedKey }) => this.#endedElsewhere(buried);
    this.#rivals = new TierRivals(context, this.#writes, this.read.bind(this), bury);
    this.#burials = new TierBurials(context, this.#settings, this.#pace, this.#writes);
  }

  /** Nothing is unwritten: a last node may leave. */
  get isSettled(): boolean {
    return this.unwritten === 0 && this.untold === 0;
  }

  /** Owned records whose present version the tier has not confirmed. */
  get unwritten(): number {
    return this.#writes.unconfirmed;
  }

  /** Ends the tier has not confirmed. */
  get untold(): number {
    return this.#burials.size;
  }

  /** The tier does not answer at present, as far as this node knows. */
  get isFailing(): boolean {
    return this.enabled && this.#pace.isFailing;
  }

  // For the memory cap.

  isStored(key: string, version: Version): boolean {
    // A touch has no version of its own: until it is written, the tier would end the session too soon.
    return this.#writes.isConfirmed(key) && this.#writes.isStored(key, version);
  }

  request(record: OwnedRecord): void {
    if (this.enabled) this.#writes.urge(record.key);
  }

  // For those who change records.

  changed(record: OwnedRecord): void {
    if (this.enabled) this.#writes.changed(record);
  }

  takeAlong(from: string, successor: OwnedRecord): void {
    if (this.enabled) this.#writes.takeAlong(from, successor);
  }

  forget(key: string): void {
    if (this.enabled) this.#writes.forget(key);
  }

  /** Calls back once a commit may be answered; `false` when the tier does not have it in time. */
  awaitStored(record: OwnedRecord, durability: Durability, done: (stored: boolean) => void): void {
    const { mode } = this.#settings;
    if (!this.enabled || mode !== 'write-through' || durability === 'async') {
      done(true);
      return;
    }
    this.#writes.awaitStored(record, (stored) =>
      this.confirm(record, () => done(this.#mayAnswer(record.key, stored))),
    );
  }

  /** Calls back once the tier has these ends; `false` when it has not in time. */
  bury(buried: readonly BuriedKey[], after: string | undefined, done: (told: boolean) => void) {
    if (!this.enabled) {
      done(true);
      return;
    }
    let open = buried.length;
    let allTold = true;
    for (const key of buried) {
      this.#burials.bury(key, after, (told) => {
        allTold = this.#mayAnswer(key.key, told) && allTold;
        if (--open === 0) done(allTold);
      });
    }
  }

  /** What the tier holds of a key that no member knows. */
  read(key: string, done: (found: TierFound) => void): void {
    if (!this.enabled) {
      done({ kind: 'none' });
      return;
    }
    const waiting = this.#reads.get(key);
    if (waiting) waiting.push(done);
    else {
      this.#reads.set(key, [done]);
      this.context.emit({ kind: 'tier-read', key });
    }
  }

  /** Where writes are to be refused that the tier could not be told of. */
  get refusesChanges(): boolean {
    return this.refusesEnds && this.#settings.mode === 'write-through';
  }

  get refusesEnds(): boolean {
    return this.isFailing && this.context.settings.onIsolation === 'refuse';
  }

  step(event: TierCoreEvent): void {
    switch (event.kind) {
      case 'tier-found': {
        this.#note(event.found.kind !== 'failed');
        const waiting = this.#reads.get(event.key) ?? [];
        this.#reads.delete(event.key);
        for (const done of waiting) done(event.found);
        return;
      }
      case 'tier-written':
        this.#note(event.outcome.kind !== 'failed');
        this.#writes.written(event.key, event.version, event.outcome);
        this.#burials.confirmed(event.key);
        return;
      case 'tier-buried':
        this.#note(event.done);
        this.#burials.answered(event.key, event.done);
        return;
      case 'tier-status':
        this.#note(event.connected);
        if (!event.connected || event.sameData) return;
        this.#writes.startAnew();
        this.#burials.retell(this.#tombstonesToTell());
        return;
    }
  }

  /** Nobody known here had this record; the tier's copy of it is led by this node now. */
  restored(key: string): void {
    this.#restored.add(key);
  }

  memberJoined(): void {
    this.#restored.memberJoined();
  }

  /** What the dead node still had to tell the tier, the others tell it: they have its tombstones. */
  memberDied(): void {
    if (this.enabled) this.#burials.retell(this.#tombstonesToTell());
  }

  tick(): void {
    if (!this.enabled) return;
    this.#writes.tick();
    this.#burials.tick();
    this.#restored.tick();
  }

  #note(answered: boolean): void {
    if (answered) this.#pace.answered();
    else this.#pace.failed(this.context.nowMs);
  }

  /** Without the tier's word an answer goes out, and is counted, or does not, as `onIsolation` says. */
  #mayAnswer(key: string, confirmed: boolean): boolean {
    if (!confirmed) this.context.notice({ kind: 'tier-behind', key });
    return confirmed || this.context.settings.onIsolation === 'serve';
  }

  /** The tier has an end that this cluster does not know of, or a version of another lineage. */
  #contradicted(record: OwnedRecord, outcome: TierOutcome): void {
    if (outcome.kind === 'buried') this.#endedElsewhere(outcome.buried);
    else if (outcome.kind === 'older' || outcome.kind === 'apart') {
      this.#rivals.refused(record, outcome.version);
    }
  }

  /** Ended on the other side of a partition: destroyed anywhere is destroyed. */
  #endedElsewhere(buried: BuriedKey): void {
    const { context } = this;
    context.notice({ kind: 'ended', key: buried.key, reason: 'buried in the tier' });
    context.burials.bury([buried], () => {});
  }

  /**
   * All nodes have the same tombstones; each is told again by one of them. Of an end that is new here
   * the others may not know yet: whoever does tells it (the failure prevented: the owner dies right
   * after a rotation, its backup alone has the end, and another node was to tell it).
   */
  *#tombstonesToTell(): Generator<Tombstone> {
    const { context } = this;
    const { nowMs, settings } = context;
    const members = context.placementMembers();
    for (const tombstone of this.tombstones.values()) {
      const isNew = nowMs - tombstone.atMs <= LIMITS.lateMessageMs;
      if (isNew || ranksFirst(tombstone.key, settings.id, members)) yield tombstone;
    }
  }
}
