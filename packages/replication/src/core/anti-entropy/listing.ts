import type { CoreContext } from '../context.js';
import { buriedOf } from '../endings/tombstones.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import { leaderOf } from '../record/leader.js';
import type { Incarnation, SessionRecord, Tombstone } from '../record/record.js';
import { bucketOf, DIGEST_BUCKETS, type Stamp } from './digest.js';
import { isRecent, ledStamp } from './survey.js';

export type ListedPart = 'led' | 'held' | 'ends';

type Wanted = Map<Incarnation, Uint8Array>;

/**
 * Lists what is in some buckets for some peers, a bounded part per tick: one walk through all
 * records serves whoever asked before it began. A part is sent when a message is full.
 */
export class Listing {
  #wanted: Record<ListedPart, Wanted> = noneWanted();
  #walk: Walk | undefined;

  constructor(private readonly context: CoreContext) {}

  want(part: ListedPart, to: Incarnation, buckets: readonly number[]): void {
    const marked = this.#wanted[part].get(to) ?? new Uint8Array(DIGEST_BUCKETS);
    for (const bucket of buckets) marked[bucket] = 1;
    this.#wanted[part].set(to, marked);
  }

  tick(): void {
    if (!this.#walk) {
      const { led, held, ends } = this.#wanted;
      if (led.size + held.size + ends.size === 0) return;
      this.#walk = new Walk(this.context, this.#wanted);
      this.#wanted = noneWanted();
    }
    for (let count = 0; count < LIMITS.surveyedPerTick; count++) {
      if (this.#walk.next()) continue;
      this.#walk.end();
      this.#walk = undefined;
      return;
    }
  }

  clear(): void {
    this.#wanted = noneWanted();
    this.#walk = undefined;
  }
}

function noneWanted(): Record<ListedPart, Wanted> {
  return { led: new Map(), held: new Map(), ends: new Map() };
}

class Walk {
  readonly #records: Iterator<SessionRecord>;
  readonly #tombstones: Iterator<Tombstone>;
  readonly #led = new Map<Incarnation, Stamp[]>();
  readonly #held = new Map<Incarnation, Stamp[]>();
  readonly #ends = new Map<Incarnation, BuriedKey[]>();
  readonly #listed = new Map<Incarnation, number>();

  constructor(
    private readonly context: CoreContext,
    private readonly wanted: Record<ListedPart, Wanted>,
  ) {
    const { led, held, ends } = wanted;
    const nothing: Iterator<never> = [][Symbol.iterator]();
    this.#records = led.size + held.size > 0 ? context.records.values() : nothing;
    this.#tombstones = ends.size > 0 ? context.tombstones.values() : nothing;
  }

  next(): boolean {
    const record = this.#records.next();
    if (!record.done) {
      this.#visit(record.value);
      return true;
    }
    const tombstone = this.#tombstones.next();
    if (tombstone.done) return false;
    this.#visitEnd(tombstone.value);
    return true;
  }

  end(): void {
    for (const [to, stamps] of this.#led) this.#sendStamps('led', to, stamps);
    for (const [to, stamps] of this.#held) this.#sendStamps('held', to, stamps);
    for (const [to, buried] of this.#ends) this.#sendEnds(to, buried);
  }

  #visit(record: SessionRecord): void {
    const { context, wanted } = this;
    if (record.role === 'backup') {
      const leader = leaderOf(context, record.key) as Incarnation;
      if (!isWanted(wanted.held, leader, record.key)) return;
      if (!this.#mayListMore(leader)) return;
      const { key, epoch, seq, owner } = record;
      const stamps = listOf(this.#held, leader);
      stamps.push({ key, epoch, seq, owner });
      if (stamps.length >= LIMITS.stampsPerMessage) this.#sendStamps('held', leader, stamps);
      return;
    }
    for (const holder of record.backups.keys()) {
      const stamp = ledStamp(record, holder, context.self);
      if (!stamp || !isWanted(wanted.led, holder, record.key)) continue;
      const stamps = listOf(this.#led, holder);
      stamps.push(stamp);
      if (stamps.length >= LIMITS.stampsPerMessage) this.#sendStamps('led', holder, stamps);
    }
  }

  /** Somebody may hold much that nobody expects; what was listed is mended first. */
  #mayListMore(leader: Incarnation): boolean {
    const listed = (this.#listed.get(leader) ?? 0) + 1;
    this.#listed.set(leader, listed);
    return listed <= LIMITS.stampsPerLook;
  }

  #visitEnd(tombstone: Tombstone): void {
    const { nowMs } = this.context;
    if (!isRecent(tombstone, nowMs)) return;
    for (const to of this.wanted.ends.keys()) {
      if (!isWanted(this.wanted.ends, to, tombstone.key)) continue;
      const buried = listOf(this.#ends, to);
      buried.push(buriedOf(tombstone, nowMs));
      if (buried.length >= LIMITS.stampsPerMessage) this.#sendEnds(to, buried);
    }
  }

  #sendStamps(part: 'led' | 'held', to: Incarnation, stamps: Stamp[]): void {
    if (stamps.length === 0) return;
    this.context.send(to, { kind: 'stamps', part, buckets: [], stamps: stamps.splice(0) });
  }

  #sendEnds(to: Incarnation, buried: BuriedKey[]): void {
    if (buried.length > 0) this.context.send(to, { kind: 'ends', buried: buried.splice(0) });
  }
}

function isWanted(wanted: Wanted, by: Incarnation, key: string): boolean {
  return wanted.get(by)?.[bucketOf(key)] === 1;
}

function listOf<T>(lists: Map<Incarnation, T[]>, of: Incarnation): T[] {
  let list = lists.get(of);
  if (!list) {
    list = [];
    lists.set(of, list);
  }
  return list;
}
