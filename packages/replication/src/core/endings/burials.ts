import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import { SuccessorBurials } from './successor-burials.js';
import { burialOfSuccessor, buriedOf } from './tombstones.js';

/** `final` is false when the tier could not be told and `onIsolation` refuses such an end. */
export type BurialDone = (final: boolean) => void;

interface Burial {
  readonly request: number;
  readonly buried: readonly BuriedKey[];
  /** Has not confirmed the tombstone. */
  readonly untold: Set<Incarnation>;
  /** Those of them that the end waits for. */
  readonly awaiting: Set<Incarnation>;
  /** The tier has not confirmed it, and there is still time. */
  awaitsTier: boolean;
  /** False when it has not in time, where that is not to be acknowledged. */
  inTier: boolean;
  /** Some other node has the tombstone. */
  isHeard: boolean;
  done: BurialDone | undefined;
  sentMs: number;
}

/**
 * Makes an end final: every node that is not suspected has the tombstone before the burial is done,
 * so neither a late write nor a stale copy nor a takeover revives the session. A suspected node, and
 * everyone while the bus is away, is not waited for but told until it confirms: once those who know
 * of the end are gone, its copy would be the best there is.
 */
export class Burials {
  readonly #open = new Map<number, Burial>();
  /** Keys of ends that no other node has confirmed, because none was there. */
  readonly #unheard = new Set<string>();
  readonly #successors = new SuccessorBurials((buried, done) => this.bury([buried], done));

  constructor(private readonly context: CoreContext) {}

  /**
   * Ids that these sessions got since are buried with them, where that is meant. `successor`: the new
   * key of a rotated session, which the tier is to have before.
   */
  bury(asked: readonly BuriedKey[], done: BurialDone, successor?: string): void {
    const buried = new Map(asked.map((each) => [each.key, each]));
    // Grows while it is walked: a session may have got several ids one after another.
    for (const each of buried.values()) {
      for (const next of this.#buryHere(each))
        if (!buried.has(next.key)) buried.set(next.key, next);
    }
    const all = [...buried.values()];
    let final = true;
    let left = Math.ceil(all.length / LIMITS.frameEntries);
    for (let from = 0; from < all.length; from += LIMITS.frameEntries) {
      const part = all.slice(from, from + LIMITS.frameEntries);
      const ended: BurialDone = (isFinal) => {
        final &&= isFinal;
        if (--left === 0) done(final);
      };
      this.#begin(part, ended, successor);
    }
  }

  #begin(buried: readonly BuriedKey[], done: BurialDone, successor: string | undefined): void {
    const { context } = this;
    const burial = this.#record(buried, done);
    burial.awaitsTier = true;
    for (const { incarnation, status } of context.membership.live()) {
      burial.untold.add(incarnation);
      if (status === 'alive' && context.busConnected) burial.awaiting.add(incarnation);
    }
    this.#forgetOldest();
    this.#tell(burial);
    context.tiering.bury(buried, successor, (told) => {
      burial.awaitsTier = false;
      burial.inTier = told;
      this.#settle(burial);
    });
    this.#settle(burial);
  }

  /** Nobody has been told yet, nobody is waited for. */
  #record(buried: readonly BuriedKey[], done: BurialDone | undefined): Burial {
    const { context } = this;
    const burial: Burial = {
      request: context.nextRequest(),
      buried,
      untold: new Set(),
      awaiting: new Set(),
      awaitsTier: false,
      inTier: true,
      isHeard: false,
      done,
      sentMs: context.nowMs,
    };
    this.#open.set(burial.request, burial);
    return burial;
  }

  /**
   * Somebody else's burial. It is confirmed when the ids that only this node knew are buried
   * everywhere, too. Not those that are in it: everyone would tell everyone of the rest of the chain
   * again, and each of them of the rest of that (3^6 messages for six ids and four nodes). `asker`
   * names the request, which may come again.
   */
  receive(buried: readonly BuriedKey[], asker: string, confirm: () => void): void {
    const told = new Set(buried.map(({ key }) => key));
    const successors = buried
      .flatMap((each) => this.#buryHere(each))
      .filter(({ key }) => !told.has(key));
    this.#successors.await(successors, asker, confirm);
  }

  /** Returns what is to be buried as well. */
  #buryHere(buried: BuriedKey): BuriedKey[] {
    const { context } = this;
    context.bury(buried);
    const tombstone = context.tombstone(buried.key);
    const successor = tombstone && burialOfSuccessor(tombstone, context.nowMs);
    return successor ? [successor] : [];
  }

  answered(request: number, from: Incarnation): void {
    const burial = this.#open.get(request);
    if (!burial?.untold.delete(from)) return;
    burial.awaiting.delete(from);
    burial.isHeard = true;
    for (const { key } of burial.buried) this.#unheard.delete(key);
    this.#settle(burial);
  }

  /**
   * A node appears. What ended while this one was alone it is told before anything is compared (the
   * failure prevented: it has a copy from before, and this node dies first).
   */
  met(incarnation: Incarnation): void {
    const { context } = this;
    const { nowMs } = context;
    const buried = [...this.#unheard].flatMap((key) => {
      const tombstone = context.tombstone(key);
      if (!tombstone) this.#unheard.delete(key);
      return tombstone ? [buriedOf(tombstone, nowMs)] : [];
    });
    for (let from = 0; from < buried.length; from += LIMITS.frameEntries) {
      const burial = this.#record(buried.slice(from, from + LIMITS.frameEntries), undefined);
      burial.untold.add(incarnation);
      this.#tell(burial);
    }
  }

  /** A suspected or dead node is not waited for. */
  memberLost(incarnation: Incarnation): void {
    const isDead = !this.context.membership.isLive(incarnation);
    for (const burial of [...this.#open.values()]) {
      burial.awaiting.delete(incarnation);
      // It comes back as a new incarnation, and asks everyone before it leads anything.
      if (isDead) burial.untold.delete(incarnation);
      this.#settle(burial);
    }
  }

  busLost(): void {
    for (const burial of [...this.#open.values()]) {
      burial.awaiting.clear();
      this.#settle(burial);
    }
  }

  tick(): void {
    const { nowMs, settings } = this.context;
    for (const burial of this.#open.values()) {
      if (nowMs - burial.sentMs > settings.timings.resendMs) this.#tell(burial);
    }
  }

  #tell(burial: Burial): void {
    const { request, buried, untold } = burial;
    if (!this.context.busConnected) return;
    burial.sentMs = this.context.nowMs;
    for (const member of untold) this.context.send(member, { kind: 'bury', request, buried });
  }

  #settle(burial: Burial): void {
    if (burial.untold.size === 0 && this.#open.delete(burial.request) && !burial.isHeard) {
      for (const { key } of burial.buried) this.#keepUnheard(key);
    }
    if (burial.awaiting.size > 0 || burial.awaitsTier) return;
    const { done, inTier } = burial;
    burial.done = undefined;
    done?.(inTier);
  }

  #keepUnheard(key: string): void {
    this.#unheard.add(key);
    if (this.#unheard.size <= LIMITS.unheardEnds) return;
    this.#unheard.delete(this.#unheard.values().next().value as string);
  }

  #forgetOldest(): void {
    if (this.#open.size <= LIMITS.openBurials) return;
    const oldest = this.#open.values().next().value as Burial;
    oldest.untold.clear();
    oldest.awaiting.clear();
    this.#settle(oldest);
    this.context.notice({ kind: 'limit', limit: 'openBurials' });
  }
}
