import type { CoreContext } from './context.js';
import type { BuriedKey } from './messages.js';
import type { Incarnation } from './record.js';

interface Burial {
  readonly request: number;
  readonly buried: readonly BuriedKey[];
  readonly awaiting: Set<Incarnation>;
  readonly done: () => void;
  sentMs: number;
}

/**
 * Makes an end final: every node that is not suspected has the tombstone before the burial is done,
 * so neither a late write nor a stale copy nor a takeover revives the session. A suspected node is
 * told too, without being waited for.
 */
export class Burials {
  readonly #open = new Map<number, Burial>();

  constructor(private readonly context: CoreContext) {}

  bury(buried: readonly BuriedKey[], done: () => void): void {
    const { context } = this;
    for (const key of buried) context.bury(key);
    const burial: Burial = {
      request: context.nextRequest(),
      buried,
      awaiting: new Set(),
      done,
      sentMs: context.nowMs,
    };
    for (const member of context.membership.live()) {
      if (member.status === 'alive') burial.awaiting.add(member.incarnation);
      this.#send(burial, member.incarnation);
    }
    this.#open.set(burial.request, burial);
    this.#settle(burial);
  }

  answered(request: number, from: Incarnation): void {
    const burial = this.#open.get(request);
    if (burial?.awaiting.delete(from)) this.#settle(burial);
  }

  /** A suspected or dead node is not waited for; it learns of the end when it returns. */
  memberLost(incarnation: Incarnation): void {
    for (const burial of [...this.#open.values()]) {
      if (burial.awaiting.delete(incarnation)) this.#settle(burial);
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
      if (nowMs - burial.sentMs <= settings.timings.resendMs) continue;
      burial.sentMs = nowMs;
      for (const member of burial.awaiting) this.#send(burial, member);
    }
  }

  #send(burial: Burial, to: Incarnation): void {
    const { request, buried } = burial;
    this.context.send(to, { kind: 'bury', request, buried });
  }

  #settle(burial: Burial): void {
    if (burial.awaiting.size > 0) return;
    if (this.#open.delete(burial.request)) burial.done();
  }
}
