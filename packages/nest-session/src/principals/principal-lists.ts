import type {
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from '@understudy/replication';
import { RecentEnds } from './recent-ends.js';

/** Lists of a principal beside its first one; with 128 places each. */
export const OVERFLOW_LISTS = 8;

/** With a digit and a name it is longer than the id of any principal: no application can name an overflow list by accident or intent. */
const OVERFLOW_PREFIX = '\0'.repeat(255);

/**
 * The sessions of a principal that may have any number of them: the engine orders 128 on one list, so
 * those beyond go to further lists, by their handle (the failure prevented: an account that many use
 * at a time signs them out in turn; or, without a list, somebody who knows the password signs in often
 * enough to have a session that "log out everywhere" misses). A request with a limit is for the first
 * list alone, which counts exactly. Whatever reads or ends sessions goes by all lists, so that it holds
 * for those from before a limit was set.
 */
export class PrincipalLists implements PrincipalStore {
  /** What was ended by this, and by whoever adds to it. */
  readonly ends = new RecentEnds();

  constructor(private readonly store: PrincipalStore) {}

  async enlist(request: EnlistRequest): Promise<EnlistResult> {
    if (request.limit !== undefined) return this.store.enlist(request);
    const first = await this.store.enlist({ ...request, policy: 'reject' });
    if (first.status !== 'full') return first;
    return this.store.enlist({ ...request, principal: overflowOf(request) });
  }

  /** For a session that has a place, on whichever list: where others are, it makes none that is new. */
  async renew(request: EnlistRequest): Promise<void> {
    const own = { ...request, limit: 1, policy: 'reject' } as const;
    const first = await this.store.enlist(own);
    if (first.status === 'full') await this.store.enlist({ ...own, principal: overflowOf(own) });
  }

  async delist(principal: string, handle: string): Promise<void> {
    const lists = [principal, overflowOf({ principal, handle })];
    await Promise.all(lists.map((list) => this.store.delist(list, handle)));
  }

  async listSessions(principal: string): Promise<PrincipalSessions> {
    const lists = await this.#all(principal, (list) => this.store.listSessions(list));
    const sessions = lists.flatMap((list) => list.sessions);
    const generation = lists[0]?.generation ?? 0;
    return { generation, sessions: sessions.sort((a, b) => a.createdMs - b.createdMs) };
  }

  async revokeAll(principal: string): Promise<Revoked> {
    return this.#ended(await this.#all(principal, (list) => this.store.revokeAll(list)));
  }

  async revokeOthers(principal: string, handle: string): Promise<Revoked> {
    return this.#ended(await this.#all(principal, (list) => this.store.revokeOthers(list, handle)));
  }

  async revokeOne(principal: string, handle: string): Promise<Revoked> {
    const lists = [principal, overflowOf({ principal, handle })];
    return this.#ended(await Promise.all(lists.map((list) => this.store.revokeOne(list, handle))));
  }

  #ended(lists: readonly Revoked[]): Revoked {
    const revoked = together(lists);
    this.ends.add(revoked.ended.map(({ session }) => session));
    return revoked;
  }

  #all<Result>(principal: string, ask: (list: string) => Promise<Result>): Promise<Result[]> {
    const overflow = Array.from({ length: OVERFLOW_LISTS }, (_, index) =>
      overflowName(principal, index),
    );
    return Promise.all([principal, ...overflow].map(ask));
  }
}

function overflowOf({ principal, handle }: Pick<EnlistRequest, 'principal' | 'handle'>): string {
  return overflowName(principal, handle.charCodeAt(0) % OVERFLOW_LISTS);
}

/** An empty name stays what the engine refuses. */
function overflowName(principal: string, index: number): string {
  return principal === '' ? '' : `${OVERFLOW_PREFIX}${index}${principal}`;
}

function together(lists: readonly Revoked[]): Revoked {
  return { generation: lists[0]?.generation ?? 0, ended: lists.flatMap(({ ended }) => ended) };
}
