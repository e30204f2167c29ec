import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster, type Ticket } from '../../../test/wire/scripted-cluster.js';
import {
  dataOf,
  destroy,
  given,
  increment,
  nextId,
  rotate,
  seenAt,
} from '../../../test/wire/session-calls.js';
import type { CallOutcome, OwnerCall } from '../calls/calls.js';
import { LIMITS } from '../limits.js';
import { compareLockTokens, type LockToken } from './lock-calls.js';

const key = keyOf('session');
const name = 'checkout';

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

type Lock = Extract<OwnerCall, { kind: 'lock' }>;

function lock(id: string, parts: Partial<Lock> = {}): Lock {
  const call = { kind: 'lock', key, id: nextId(cluster.node(id)), name } as const;
  return { ...call, leaseMs: 5000, waitMs: 0, ...parts };
}

function tokenOf(result: CallOutcome | undefined): LockToken {
  if (result?.kind !== 'locked') throw new Error(`not locked: ${result?.kind}`);
  return result.token;
}

const unlock = (token: LockToken): OwnerCall => ({ kind: 'unlock', key, name, token });

function write(id: string, token: LockToken): CallOutcome {
  return cluster.ask(id, increment(cluster.node(id), key, { lock: { name, token } }));
}

function settled(tickets: readonly Ticket[]) {
  cluster.runUntil(() => tickets.every(({ result }) => result), 'the answers');
}

describe('a lock', () => {
  it('is given to one at a time, from whatever node', () => {
    const token = tokenOf(cluster.ask('b', lock('b')));
    expect(cluster.ask('c', lock('c'))).toMatchObject({ kind: 'lock-busy' });
    expect(cluster.ask('c', lock('c', { name: 'another' })).kind).toBe('locked');
    expect(cluster.ask('b', unlock(token)).kind).toBe('done');
    const next = tokenOf(cluster.ask('c', lock('c')));
    expect(compareLockTokens(next, token)).toBeGreaterThan(0);
  });

  it('is given in the order in which they came', () => {
    let token = tokenOf(cluster.ask('a', lock('a')));
    const order = ['c', 'b', 'a', 'c'];
    const tickets = order.map((id) => {
      const ticket = cluster.call(id, lock(id, { waitMs: 20_000, leaseMs: 30_000 }), 60_000);
      cluster.run(40);
      return ticket;
    });
    for (const ticket of tickets) {
      expect(ticket.result).toBeUndefined();
      cluster.ask('a', unlock(token));
      settled([ticket]);
      token = tokenOf(ticket.result);
    }
  });

  it('is free when its lease is over', () => {
    const token = tokenOf(cluster.ask('b', lock('b', { leaseMs: 1000 })));
    const ticket = cluster.call('c', lock('c', { waitMs: 5000 }), 60_000);
    cluster.run(900);
    expect(ticket.result).toBeUndefined();
    cluster.run(200);
    expect(ticket.result?.kind).toBe('locked');
    expect(write('b', token)).toEqual({ kind: 'lock-lost' });
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 0 });
  });

  it('still counts after its lease when nobody else had it', () => {
    const token = tokenOf(cluster.ask('b', lock('b', { leaseMs: 1000 })));
    cluster.run(2000);
    expect(write('b', token).kind).toBe('committed');
  });

  it('does not wait for longer than it was told to', () => {
    tokenOf(cluster.ask('b', lock('b', { leaseMs: 5000 })));
    const ticket = cluster.call('c', lock('c', { waitMs: 300 }), 60_000);
    cluster.run(400);
    expect(ticket.result).toMatchObject({ kind: 'lock-busy' });
  });

  it('is free when the node that held it dies', () => {
    tokenOf(cluster.ask('c', lock('c', { leaseMs: 60_000 })));
    const ticket = cluster.call('b', lock('b', { waitMs: 30_000 }), 60_000);
    cluster.crash('c');
    cluster.run(200);
    expect(ticket.result).toBeUndefined();
    cluster.run(6000);
    expect(ticket.result?.kind).toBe('locked');
  });

  it('is not kept for a node that died waiting', () => {
    const token = tokenOf(cluster.ask('a', lock('a')));
    cluster.call('c', lock('c', { waitMs: 30_000, leaseMs: 60_000 }), 60_000);
    cluster.run(100);
    cluster.crash('c');
    cluster.run(6000);
    cluster.ask('a', unlock(token));
    expect(cluster.ask('b', lock('b')).kind).toBe('locked');
  });

  it('is one grant, however often the call is repeated', () => {
    const call = lock('c');
    const token = tokenOf(cluster.ask('c', call));
    expect(tokenOf(cluster.ask('c', call))).toEqual(token);
  });

  it('has a line of bounded length', () => {
    tokenOf(cluster.ask('a', lock('a', { leaseMs: 60_000 })));
    const tickets = Array.from({ length: LIMITS.lockWaiters + 1 }, () =>
      cluster.call('a', lock('a', { waitMs: 30_000 }), 60_000),
    );
    cluster.run(20);
    const answered = tickets.filter(({ result }) => result);
    expect(answered.map(({ result }) => result?.kind)).toEqual(['lock-busy']);
  });

  it('makes room for a new name only where an old one is free', () => {
    for (let index = 0; index < LIMITS.locksPerRecord; index++) {
      const leaseMs = index === 0 ? 500 : 60_000;
      tokenOf(cluster.ask('a', lock('a', { name: `lock ${index}`, leaseMs })));
    }
    expect(cluster.ask('a', lock('a', { name: 'more' })).kind).toBe('lock-busy');
    cluster.run(1000);
    expect(cluster.ask('a', lock('a', { name: 'more' })).kind).toBe('locked');
  });
});

describe('a commit that names a lock', () => {
  it('is applied while the lock is held, and once', () => {
    const token = tokenOf(cluster.ask('c', lock('c')));
    const call = increment(cluster.node('c'), key, { lock: { name, token } });
    expect(cluster.ask('c', call).kind).toBe('committed');
    cluster.ask('c', unlock(token));
    // Its answer was lost: it was applied, whoever has the lock now.
    expect(cluster.ask('c', call).kind).toBe('committed');
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 1 });
  });

  it('is refused after the lock was given back', () => {
    const token = tokenOf(cluster.ask('c', lock('c')));
    cluster.ask('c', unlock(token));
    expect(write('c', token)).toEqual({ kind: 'lock-lost' });
    expect(cluster.ask('c', unlock(token))).toEqual({ kind: 'lock-lost' });
  });

  it('is refused by the next owner, whose tokens are higher', () => {
    const token = tokenOf(cluster.ask('c', lock('c', { leaseMs: 60_000 })));
    cluster.crash('a');
    const next = tokenOf(cluster.ask('b', lock('b')));
    expect(compareLockTokens(next, token)).toBeGreaterThan(0);
    expect(write('c', token)).toEqual({ kind: 'lock-lost' });
    expect(write('b', next).kind).toBe('committed');
  });

  it('is refused after a handoff, and who waited gets the lock there', () => {
    const token = tokenOf(cluster.ask('c', lock('c', { leaseMs: 60_000 })));
    const ticket = cluster.call('b', lock('b', { waitMs: 30_000 }), 60_000);
    cluster.run(100);
    cluster.step(cluster.node('a'), { kind: 'drain', nowMs: cluster.nowMs });
    cluster.runUntil(() => ticket.result !== undefined, 'the lock');
    expect(cluster.owners(key)).not.toContain('a');
    expect(ticket.result?.kind).toBe('locked');
    expect(write('c', token)).toEqual({ kind: 'lock-lost' });
  });

  it('is applied under the new id after a rotation', () => {
    const to = keyOf('renamed');
    const token = tokenOf(cluster.ask('c', lock('c', { leaseMs: 60_000 })));
    const ticket = cluster.call('b', lock('b', { waitMs: 30_000 }), 60_000);
    cluster.run(100);
    cluster.ask('a', rotate(cluster.node('a'), key, to, { acrossLogin: false }));
    cluster.run(1000);
    expect(ticket.result).toBeUndefined();
    expect(dataOf(write('c', token))).toEqual({ n: 1 });
    cluster.ask('c', { kind: 'unlock', key: to, name, token });
    settled([ticket]);
    expect(ticket.result?.kind).toBe('locked');
  });

  it('ends with its session', () => {
    const token = tokenOf(cluster.ask('c', lock('c')));
    const ticket = cluster.call('b', lock('b', { waitMs: 30_000 }), 60_000);
    cluster.run(100);
    cluster.ask('a', destroy(key));
    settled([ticket]);
    expect(ticket.result?.kind).toBe('destroyed');
    expect(write('c', token).kind).toBe('destroyed');
  });
});

describe('an owner that was away', () => {
  it('cannot let its holder write once the lock was given elsewhere', () => {
    const token = tokenOf(cluster.ask('a', lock('a', { leaseMs: 60_000 })));
    cluster.pause('a');
    cluster.run(6000);
    const next = tokenOf(cluster.ask('b', lock('b', { leaseMs: 60_000 })));
    cluster.resume('a');
    const late = cluster.call('a', increment(cluster.node('a'), key, { lock: { name, token } }));
    settled([late]);
    expect(late.result).toEqual({ kind: 'lock-lost' });
    expect(write('b', next).kind).toBe('committed');
    expect(seenAt(cluster, 'c', key)).toEqual({ n: 1 });
  });
});
