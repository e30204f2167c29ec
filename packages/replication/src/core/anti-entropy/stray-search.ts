import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Located } from '../messages.js';
import { isOrphan, leaderOf } from '../record/leader.js';
import { compareLineages, type Incarnation, type Lineage } from '../record/record.js';

interface Search {
  readonly key: string;
  readonly awaiting: Set<Incarnation>;
  readonly untilMs: number;
  isClaimed: boolean;
  leader: Lineage | undefined;
}

/** Answers that did not come within this many times the usual wait will not come. */
const PATIENCE = 3;

/**
 * Copies held here that nobody answers for: their leader is gone, or is alive and leads them no
 * longer. Everyone is asked. If somebody leads the record, the copy follows that node from now on,
 * and it says whether the copy is to stay; if nobody does, this node claims it, for it may be the
 * last one. Who does not answer stops the search: the next survey finds the copy again.
 */
export class StraySearch {
  readonly #queue = new Set<string>();
  readonly #byRequest = new Map<number, Search>();
  readonly #searched = new Set<string>();

  constructor(
    private readonly context: CoreContext,
    private readonly found: (key: string, leader: Incarnation) => void,
  ) {}

  search(key: string): void {
    if (this.#searched.has(key) || this.#queue.size >= LIMITS.strayQueue) return;
    this.#queue.add(key);
  }

  located(request: number, from: Incarnation, found: Located): boolean {
    const search = this.#byRequest.get(request);
    if (!search) return false;
    if (!search.awaiting.delete(from)) return true;
    if (found.role === 'buried') {
      this.#end(request, search);
      this.context.bury(found.buried);
      return true;
    }
    if (found.role === 'claiming') search.isClaimed = true;
    if (found.role === 'owner') {
      const leader = { epoch: found.version.epoch, owner: from };
      if (!search.leader || compareLineages(leader, search.leader) > 0) search.leader = leader;
    }
    if (search.awaiting.size === 0) this.#settle(request, search);
    return true;
  }

  memberDied(incarnation: Incarnation): void {
    for (const [request, search] of [...this.#byRequest]) {
      if (search.awaiting.delete(incarnation) && search.awaiting.size === 0) {
        this.#settle(request, search);
      }
    }
  }

  tick(): void {
    const { nowMs } = this.context;
    for (const [request, search] of this.#byRequest) {
      if (nowMs >= search.untilMs) this.#end(request, search);
    }
    for (const key of this.#queue) {
      if (this.#byRequest.size >= LIMITS.straySearches) return;
      this.#queue.delete(key);
      if (this.#isStray(key)) this.#ask(key);
    }
  }

  clear(): void {
    this.#queue.clear();
    this.#byRequest.clear();
    this.#searched.clear();
  }

  #isStray(key: string): boolean {
    const { records, claims } = this.context;
    return records.get(key)?.role === 'backup' && !claims.isClaiming(key);
  }

  #ask(key: string): void {
    const { context } = this;
    const { nowMs, settings, membership } = context;
    const request = context.nextRequest();
    const search: Search = {
      key,
      awaiting: new Set([...membership.live()].map((member) => member.incarnation)),
      untilMs: nowMs + PATIENCE * settings.timings.resendMs,
      isClaimed: false,
      leader: undefined,
    };
    this.#byRequest.set(request, search);
    this.#searched.add(key);
    for (const member of search.awaiting) context.send(member, { kind: 'locate', request, key });
    if (search.awaiting.size === 0) this.#settle(request, search);
  }

  #settle(request: number, search: Search): void {
    const { context } = this;
    const { key, leader } = search;
    this.#end(request, search);
    if (!this.#isStray(key)) return;
    if (leader) {
      context.promise(key, leader);
      if (leaderOf(context, key) === leader.owner && !isOrphan(context, key)) {
        this.found(key, leader.owner);
        return;
      }
      // What is held here is of a higher lineage: the claim makes its owner go past that.
    } else if (search.isClaimed) return;
    context.claims.start(key, 0, () => {});
  }

  #end(request: number, { key }: Search): void {
    this.#byRequest.delete(request);
    this.#searched.delete(key);
  }
}
