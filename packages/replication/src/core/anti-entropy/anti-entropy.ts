import type { CoreContext } from '../context.js';
import { buriedOf } from '../endings/tombstones.js';
import type { BuriedKey, ComparedPart, Message } from '../messages.js';
import { leaderOf } from '../record/leader.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import { Comparisons } from './comparisons.js';
import { Digest, type Stamp, sameBytes } from './digest.js';
import { judgeHeld, judgeLed } from './judge-copy.js';
import { Listing } from './listing.js';
import { RivalSearch } from './rival-search.js';
import { StraySearch } from './stray-search.js';
import { type Findings, Survey } from './survey.js';

type Part<K extends Message['kind']> = Extract<Message, { kind: K }>;

/**
 * Anti-entropy: every few seconds each node tells every other one the sum of what it should hold for
 * it, and of the ends it knows. Where sums differ, the sums of 256 buckets are compared, and then what
 * is in some of those that differ. The owner sends what the holder lacks and has it drop what it
 * should not hold; what nobody leads is claimed, never dropped (replication invariants I13, I14).
 *
 * Under load there is always a difference, of changes under way. So nothing is sent on the strength
 * of a sum, a look is bounded, and looks that find nothing become rare (the failure prevented: a
 * cluster that synchronizes all the time because it is busy).
 */
export class AntiEntropy {
  readonly #survey: Survey;
  readonly #listing: Listing;
  readonly #strays: StraySearch;
  readonly #rivals: RivalSearch;
  readonly #comparisons = new Comparisons();
  #findings: Findings | undefined;
  /** What others sent before the first look; one each. */
  readonly #unanswered = new Map<Incarnation, Part<'digest'>>();
  #startedMs: number;
  #dueMs: number;

  constructor(
    private readonly context: CoreContext,
    private readonly adoptsSoon: (key: string) => boolean,
    private readonly verify: (record: OwnedRecord) => void,
    private readonly lacksCopies: (record: OwnedRecord) => void,
  ) {
    this.#survey = new Survey(context, {
      orphan: ({ key }) => {
        if (!this.adoptsSoon(key)) this.#strays.search(key);
      },
      led: (record) => {
        this.lacksCopies(record);
        this.#rivals.consider(record);
      },
    });
    this.#rivals = new RivalSearch(context);
    this.#listing = new Listing(context);
    this.#strays = new StraySearch(context, (key, leader) => this.#showCopy(key, leader));
    this.#startedMs = context.nowMs;
    this.#dueMs = context.nowMs + context.settings.timings.digestMs;
  }

  tick(): void {
    const { context } = this;
    if (!context.busConnected || context.state === 'leaving') return;
    this.#strays.tick();
    this.#listing.tick();
    if (this.#survey.isUnderWay) {
      const findings = this.#survey.tick();
      if (findings) this.#compare(findings);
    } else if (context.nowMs >= this.#dueMs) {
      this.#startedMs = context.nowMs;
      this.#survey.start();
    }
  }

  /** Something was mended, or somebody was away: look again soon. */
  hasten(): void {
    const { nowMs, settings } = this.context;
    this.#dueMs = Math.min(this.#dueMs, nowMs + settings.timings.digestMs / 5);
  }

  /** Heard for the first time: it may lead what is led here. */
  met(incarnation: Incarnation): void {
    this.#rivals.met(incarnation);
    this.hasten();
  }

  /** It was away, or is new: whatever was found of it says nothing. */
  memberChanged(incarnation: Incarnation): void {
    this.#comparisons.forget(incarnation);
    if (this.context.membership.isLive(incarnation)) this.hasten();
    else {
      this.#unanswered.delete(incarnation);
      this.#strays.memberDied(incarnation);
      this.#rivals.memberDied(incarnation);
    }
  }

  reborn(): void {
    this.#strays.clear();
    this.#rivals.clear();
    this.#listing.clear();
    this.#comparisons.clear();
    this.#unanswered.clear();
    this.#findings = undefined;
    this.hasten();
  }

  located(...answer: Parameters<StraySearch['located']>): boolean {
    return this.#strays.located(...answer);
  }

  receive(
    from: Incarnation,
    message: Part<'digest' | 'digest-sums' | 'stamps' | 'mismatched' | 'ends'>,
  ): void {
    switch (message.kind) {
      case 'digest':
        this.#digest(from, message);
        return;
      case 'digest-sums':
        this.#sums(from, message);
        return;
      case 'stamps':
        if (message.part === 'held') this.#judgeHeld(from, message.stamps);
        else this.#judgeLed(from, message);
        return;
      case 'mismatched':
        this.#mismatched(from, message);
        return;
      case 'ends':
        this.#ends(from, message.buried);
        return;
    }
  }

  #compare(findings: Findings): void {
    const { context } = this;
    const { digestMs } = context.settings.timings;
    this.#findings = findings;
    this.#rivals.surveyed();
    for (const [from, digest] of this.#unanswered) this.#digest(from, digest);
    this.#unanswered.clear();
    this.#dueMs = Math.max(this.#startedMs + digestMs, context.nowMs + digestMs / 5);
    const ends = findings.ends.root();
    for (const { incarnation, status } of context.membership.live()) {
      if (status !== 'alive' || context.replicator.isStalled(incarnation)) continue;
      const copies = rootOf(findings.led.get(incarnation));
      context.send(incarnation, { kind: 'digest', copies, ends });
    }
  }

  #digest(from: Incarnation, digest: Part<'digest'>): void {
    if (!this.#findings) {
      // Answered after the first look: until its next digest, which may be long, a node that has just
      // come would not know what has ended (everything, seed 2039).
      this.#unanswered.set(from, digest);
      return;
    }
    const { copies, ends } = digest;
    const held = this.#findings.held.get(from);
    if (!sameBytes(copies, rootOf(held))) this.#sendSums(from, 'copies', held);
    if (!sameBytes(ends, this.#findings.ends.root())) {
      this.#sendSums(from, 'ends', this.#findings.ends);
    }
  }

  #sendSums(to: Incarnation, part: ComparedPart, digest = new Digest()): void {
    this.context.send(to, { kind: 'digest-sums', part, sums: digest.sums() });
  }

  #sums(from: Incarnation, { part, sums }: Part<'digest-sums'>): void {
    if (!this.#findings) return;
    const own = part === 'ends' ? this.#findings.ends : this.#findings.led.get(from);
    const buckets = this.#comparisons.of(from, part).look(own ?? new Digest(), sums);
    if (buckets.length === 0) return;
    const { context } = this;
    const peer = context.labelOf(from);
    context.notice({ kind: 'digest-mismatch', peer, part, buckets: buckets.length });
    if (part === 'copies') context.send(from, { kind: 'stamps', part: 'led', buckets, stamps: [] });
    this.#listing.want(part === 'copies' ? 'led' : 'ends', from, buckets);
  }

  /** The other side says what it holds of this node. */
  #judgeHeld(from: Incarnation, stamps: readonly Stamp[]): void {
    const { context } = this;
    const { keeper } = context.owner;
    const buried: BuriedKey[] = [];
    const disowned: string[] = [];
    let mended = 0;
    for (const stamp of stamps) {
      const { key } = stamp;
      const verdict = judgeHeld(context, from, stamp);
      if (verdict === 'fine') continue;
      mended++;
      const record = context.records.get(key);
      const tombstone = context.tombstone(key);
      if (tombstone) buried.push(buriedOf(tombstone, context.nowMs));
      else if (verdict === 'disowned') disowned.push(key);
      else if (record?.role !== 'owner') continue;
      else if (verdict === 'unverified') this.verify(record);
      else if (verdict === 'send') keeper.lost(record, from);
      else if (verdict === 'keep') context.owner.addHolder(key, from);
      else {
        const { epoch } = record;
        context.replicator.enqueue(from, { kind: 'drop', key, epoch });
      }
    }
    if (buried.length > 0) context.send(from, { kind: 'ends', buried });
    if (disowned.length > 0) {
      context.send(from, { kind: 'mismatched', part: 'held', keys: disowned });
    }
    this.#mended(from, 'copies', mended);
  }

  /** The other side says what this node holds of it, and wants to know about these buckets. */
  #judgeLed(from: Incarnation, { buckets, stamps }: Part<'stamps'>): void {
    const { context } = this;
    if (buckets.length > 0) this.#listing.want('held', from, buckets);
    const buried: BuriedKey[] = [];
    const lacking: string[] = [];
    for (const stamp of stamps) {
      const verdict = judgeLed(context, from, stamp);
      const record = context.records.get(stamp.key);
      const tombstone = context.tombstone(stamp.key);
      if (tombstone) buried.push(buriedOf(tombstone, context.nowMs));
      else if (verdict === 'rival' && record?.role === 'owner') this.verify(record);
      else if (verdict === 'lacking') lacking.push(stamp.key);
    }
    if (buried.length > 0) context.send(from, { kind: 'ends', buried });
    if (lacking.length > 0) {
      context.send(from, { kind: 'mismatched', part: 'led', keys: lacking });
    }
  }

  #mismatched(from: Incarnation, { part, keys }: Part<'mismatched'>): void {
    const { context } = this;
    let mended = part === 'ends' ? keys.length : 0;
    for (const key of keys) {
      const record = context.records.get(key);
      // Who was only asked whether it leads the record, too, is to have no copy.
      if (part === 'led' && record?.role === 'owner' && record.backups.has(from)) {
        mended++;
        context.owner.keeper.lost(record, from);
      }
      if (part === 'held' && record?.role === 'backup' && leaderOf(context, key) === from) {
        this.#strays.search(key);
      }
    }
    if (part !== 'held') this.#mended(from, part === 'led' ? 'copies' : 'ends', mended);
  }

  /** An end is final: whoever did not hear of it has buried it now. */
  #ends(from: Incarnation, buried: readonly BuriedKey[]): void {
    const { context } = this;
    const unknown = buried.filter(({ key }) => !context.tombstone(key));
    for (const each of unknown) context.bury(each);
    if (unknown.length === 0) return;
    const keys = unknown.map(({ key }) => key);
    context.send(from, { kind: 'mismatched', part: 'ends', keys });
    this.hasten();
  }

  /** Shows a copy to whoever leads it, which says what is to become of it. */
  #showCopy(key: string, leader: Incarnation): void {
    const record = this.context.records.get(key);
    if (record?.role !== 'backup') return;
    const { epoch, seq, owner } = record;
    const stamps = [{ key, epoch, seq, owner }];
    this.context.send(leader, { kind: 'stamps', part: 'held', buckets: [], stamps });
  }

  #mended(peer: Incarnation, part: ComparedPart, count: number): void {
    if (count === 0) return;
    const { context } = this;
    this.#comparisons.of(peer, part).somethingWrong();
    context.notice({ kind: 'resync', peer: context.labelOf(peer), part, records: count });
    this.hasten();
  }
}

function rootOf(digest: Digest | undefined): Uint8Array {
  return (digest ?? new Digest()).root();
}
