import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { HeldRecord } from '../memory/held-record.js';
import { isOrphan, leaderOf } from '../record/leader.js';
import type { Incarnation, OwnedRecord, SessionRecord, Tombstone } from '../record/record.js';
import { Digest, type Stamp } from './digest.js';

/** What this node led, held and knew to be ended, as it was while it was looked through. */
export interface Findings {
  /** By holder: what it has acknowledged of the records led here. */
  readonly led: ReadonlyMap<Incarnation, Digest>;
  /** By leader: the copies held here. */
  readonly held: ReadonlyMap<Incarnation, Digest>;
  readonly ends: Digest;
}

/** What else is noticed in passing. */
export interface SurveyListener {
  orphan(record: HeldRecord): void;
  led(record: OwnedRecord): void;
}

/**
 * Looks through all records and recent ends, a bounded part per tick, and sums them up for each peer.
 * Sums that follow every change would be exact, and would put a map look-up and a hash into every
 * commit; what changes while this one goes on differs for a round and is found to be well.
 */
export class Survey {
  #led = new Map<Incarnation, Digest>();
  #held = new Map<Incarnation, Digest>();
  #ends = new Digest();
  #records: Iterator<SessionRecord> | undefined;
  #tombstones: Iterator<Tombstone> | undefined;

  constructor(
    private readonly context: CoreContext,
    private readonly listener: SurveyListener,
  ) {}

  get isUnderWay(): boolean {
    return this.#records !== undefined || this.#tombstones !== undefined;
  }

  start(): void {
    this.#led = new Map();
    this.#held = new Map();
    this.#ends = new Digest();
    this.#records = this.context.records.values();
    this.#tombstones = this.context.tombstones.values();
  }

  /** Goes on; the findings once everything was looked at. */
  tick(): Findings | undefined {
    for (let count = 0; count < LIMITS.surveyedPerTick; count++) {
      if (!this.#lookAtNext()) return { led: this.#led, held: this.#held, ends: this.#ends };
    }
    return undefined;
  }

  #lookAtNext(): boolean {
    const record = this.#records?.next();
    if (record && !record.done) {
      this.#lookAt(record.value);
      return true;
    }
    this.#records = undefined;
    const tombstone = this.#tombstones?.next();
    if (tombstone && !tombstone.done) {
      if (isRecent(tombstone.value, this.context.nowMs)) this.#ends.add(endStamp(tombstone.value));
      return true;
    }
    this.#tombstones = undefined;
    return false;
  }

  #lookAt(record: SessionRecord): void {
    const { context } = this;
    if (record.role === 'owner') {
      for (const holder of record.backups.keys()) {
        const stamp = ledStamp(record, holder, context.self);
        if (stamp) digestOf(this.#led, holder).add(stamp);
      }
      this.listener.led(record);
    } else if (isOrphan(context, record.key)) this.listener.orphan(record);
    else digestOf(this.#held, leaderOf(context, record.key) as Incarnation).add(record);
  }
}

/** What a holder must have: all that it has acknowledged. The rest is under way on its link. */
export function ledStamp(
  record: OwnedRecord,
  holder: Incarnation,
  self: Incarnation,
): Stamp | undefined {
  const progress = record.backups.get(holder);
  if (!progress || progress.ackedSeq < 0) return undefined;
  return { key: record.key, epoch: record.epoch, seq: progress.ackedSeq, owner: self };
}

/** Which version ended is not compared: nodes may have learned of one end in different words. */
export function endStamp({ key }: Tombstone): Stamp {
  return { key, epoch: 0, seq: 0, owner: '' };
}

/** Ends are compared only for so long: a node away for longer is declared dead and asks everyone. */
export function isRecent({ atMs }: Tombstone, nowMs: number): boolean {
  return nowMs - atMs < LIMITS.endsComparedMs;
}

function digestOf(digests: Map<Incarnation, Digest>, of: Incarnation): Digest {
  let digest = digests.get(of);
  if (!digest) {
    digest = new Digest();
    digests.set(of, digest);
  }
  return digest;
}
