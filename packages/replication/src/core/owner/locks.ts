import { isUnverified } from '../claims/unverified.js';
import type { CoreContext, Reply } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import type { HeldLock, LockCall, LockToken } from './lock-calls.js';

type Lock = Extract<LockCall, { kind: 'lock' }>;

interface Waiter {
  readonly call: Lock;
  reply: Reply;
  readonly untilMs: number;
}

interface Grant {
  readonly token: LockToken;
  readonly origin: Incarnation;
  readonly counter: number;
  readonly untilMs: number;
}

interface LockState {
  /** The newest grant; it ends with its lease, its node, or when it is given back. */
  grant: Grant | undefined;
  readonly queue: Waiter[];
}

interface LockTable {
  counter: number;
  readonly byName: Map<string, LockState>;
}

/**
 * Locks are leases of a record's owner, in its memory only. A takeover or a handoff ends them: the
 * next owner grants higher tokens, and a commit with an older one is refused. So two holders may
 * believe in a lock at the same time, but only the later one can write.
 */
export class Locks {
  readonly #tables = new WeakMap<OwnedRecord, LockTable>();
  /** Records whose locks somebody waits for. */
  readonly #waiting = new Set<OwnedRecord>();

  constructor(private readonly context: CoreContext) {}

  lock(record: OwnedRecord, call: Lock, reply: Reply): void {
    const table = this.#tableOf(record);
    const state = this.#stateOf(table, call.name);
    if (!state) {
      reply({ kind: 'lock-busy', retryAfterMs: LIMITS.lockLeaseMs });
      return;
    }
    const { nowMs } = this.context;
    const { grant, queue } = state;
    const waiting = queue.find((waiter) => isSameCall(waiter.call.id, call.id));
    if (grant && isSameCall(grant, call.id)) {
      reply({ kind: 'locked', token: grant.token, leaseMs: Math.max(0, grant.untilMs - nowMs) });
    } else if (waiting) waiting.reply = reply;
    else if (queue.length === 0 && !this.#isHeld(grant)) {
      this.#grant(record, table, state, call, reply);
    } else if (call.waitMs <= 0 || queue.length >= LIMITS.lockWaiters) {
      reply({ kind: 'lock-busy', retryAfterMs: Math.max(0, (grant?.untilMs ?? nowMs) - nowMs) });
    } else {
      queue.push({ call, reply, untilMs: nowMs + call.waitMs });
      this.#waiting.add(record);
    }
  }

  unlock(record: OwnedRecord, { name, token }: HeldLock, reply: Reply): void {
    const table = this.#tables.get(record);
    const state = table?.byName.get(name);
    if (!table || !state?.grant || !isSameToken(state.grant.token, token)) {
      reply({ kind: 'lock-lost' });
      return;
    }
    state.grant = undefined;
    reply({ kind: 'done' });
    this.#serve(record, table, state);
  }

  /** Whether nobody can have had the lock since. A lease that ran out does no harm by itself. */
  isHeldBy(record: OwnedRecord, { name, token }: HeldLock): boolean {
    const grant = this.#tables.get(record)?.byName.get(name)?.grant;
    return grant !== undefined && isSameToken(grant.token, token);
  }

  /** Whether anybody has one of the record's locks now. */
  areHeld(record: OwnedRecord): boolean {
    const table = this.#tables.get(record);
    if (!table) return false;
    return [...table.byName.values()].some(({ grant }) => this.#isHeld(grant));
  }

  /** The session goes on under another id; who waits comes there by itself. */
  move(from: OwnedRecord, to: OwnedRecord): void {
    const table = this.#tables.get(from);
    if (!table) return;
    const moved: LockTable = { counter: table.counter, byName: new Map() };
    for (const [name, { grant }] of table.byName) moved.byName.set(name, { grant, queue: [] });
    this.#tables.set(to, moved);
  }

  tick(): void {
    for (const record of this.#waiting) {
      const table = this.#tables.get(record);
      // Whoever waits at a record that went elsewhere asks there.
      if (!table || this.context.records.get(record.key) !== record) this.#waiting.delete(record);
      else if (this.#maySpeakFor(record)) this.#serveAll(record, table);
    }
  }

  #serveAll(record: OwnedRecord, table: LockTable): void {
    let waiting = 0;
    for (const state of table.byName.values()) {
      this.#serve(record, table, state);
      waiting += state.queue.length;
    }
    if (waiting === 0) this.#waiting.delete(record);
  }

  /** In the order in which they came; who waited for too long goes away without it. */
  #serve(record: OwnedRecord, table: LockTable, state: LockState): void {
    const { nowMs } = this.context;
    for (const waiter of state.queue.splice(0)) {
      if (!this.#isAlive(waiter.call.id.origin)) continue;
      if (!this.#isHeld(state.grant)) {
        this.#grant(record, table, state, waiter.call, waiter.reply);
      } else if (nowMs >= waiter.untilMs) {
        const retryAfterMs = Math.max(0, (state.grant?.untilMs ?? nowMs) - nowMs);
        waiter.reply({ kind: 'lock-busy', retryAfterMs });
      } else state.queue.push(waiter);
    }
  }

  #grant(
    record: OwnedRecord,
    table: LockTable,
    state: LockState,
    { id, leaseMs }: Lock,
    reply: Reply,
  ): void {
    const { nowMs, self } = this.context;
    const token = { epoch: record.epoch, owner: self, counter: ++table.counter };
    state.grant = { token, origin: id.origin, counter: id.counter, untilMs: nowMs + leaseMs };
    reply({ kind: 'locked', token, leaseMs });
  }

  #isHeld(grant: Grant | undefined): boolean {
    return grant !== undefined && this.context.nowMs < grant.untilMs && this.#isAlive(grant.origin);
  }

  /** A lock ends with the node that held it. */
  #isAlive(origin: Incarnation): boolean {
    return origin === this.context.self || this.context.membership.isLive(origin);
  }

  /** Not while somebody else may lead the record, or is about to. */
  #maySpeakFor(record: OwnedRecord): boolean {
    if (this.context.handoffs.isFrozen(record.key)) return false;
    return !isUnverified(this.context, record);
  }

  #tableOf(record: OwnedRecord): LockTable {
    let table = this.#tables.get(record);
    if (!table) {
      table = { counter: 0, byName: new Map() };
      this.#tables.set(record, table);
    }
    return table;
  }

  /** Undefined when too many locks are held in this record. */
  #stateOf(table: LockTable, name: string): LockState | undefined {
    const existing = table.byName.get(name);
    if (existing) return existing;
    if (table.byName.size >= LIMITS.locksPerRecord) this.#forgetIdle(table);
    if (table.byName.size >= LIMITS.locksPerRecord) return undefined;
    const state: LockState = { grant: undefined, queue: [] };
    table.byName.set(name, state);
    return state;
  }

  #forgetIdle({ byName }: LockTable): void {
    for (const [name, { grant, queue }] of byName) {
      if (queue.length === 0 && !this.#isHeld(grant)) byName.delete(name);
    }
  }
}

function isSameCall(
  left: { readonly origin: string; readonly counter: number },
  right: { readonly origin: string; readonly counter: number },
): boolean {
  return left.origin === right.origin && left.counter === right.counter;
}

function isSameToken(left: LockToken, right: LockToken): boolean {
  return left.epoch === right.epoch && left.owner === right.owner && left.counter === right.counter;
}
