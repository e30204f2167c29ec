import { beforeEach, describe, expect, it } from 'vitest';
import {
  createWith,
  enlist,
  handleOf,
  list,
  listedAt,
  principal,
  revoke,
  signIn,
} from '../../../test/wire/principal-calls.js';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { destroy, rotate, seenAt } from '../../../test/wire/session-calls.js';
import { LIMITS } from '../limits.js';

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
});

/** What every node that runs answers to whoever opens the session. */
function seenEverywhere(name: string) {
  return [...cluster.nodes.values()]
    .filter((node) => !node.crashed)
    .map((node) => seenAt(cluster, node.id, keyOf(name)));
}

const alive = [{ n: 0 }, { n: 0 }, { n: 0 }];
const dead = ['destroyed', 'destroyed', 'destroyed'];

describe('a list of sessions', () => {
  it('is one, on whichever nodes its principal signs in at the same time', () => {
    const tickets = ['a', 'b', 'c'].map((id) =>
      cluster.call(id, enlist(cluster.node(id), `s-${id}`, { limit: 5 })),
    );
    cluster.runUntil(() => tickets.every(({ result }) => result), 'the answers');
    expect(tickets.map(({ result }) => result?.kind)).toEqual(Array(3).fill('enlisted'));
    expect(cluster.owners(principal)).toHaveLength(1);
    for (const id of ['a', 'b', 'c']) {
      expect(listedAt(cluster, id).toSorted()).toEqual(['s-a', 's-b', 's-c']);
    }
  });

  it('is one although the nodes do not agree which of them ranks first', () => {
    for (const node of cluster.nodes.values()) {
      const own = node.core.placementMembers().filter(({ id }) => id === node.id);
      node.core.placementMembers = () => own;
    }
    const tickets = ['a', 'b', 'c'].map((id) =>
      cluster.call(id, enlist(cluster.node(id), `s-${id}`, { limit: 2, policy: 'reject' })),
    );
    cluster.runUntil(() => tickets.every(({ result }) => result), 'the answers');
    expect(tickets.map(({ result }) => result?.kind).toSorted()).toEqual([
      'enlisted',
      'enlisted',
      'full',
    ]);
    expect(cluster.owners(principal)).toHaveLength(1);
  });

  it('knows the facts it was told and the order of the logins', () => {
    const device = new Uint8Array([1, 2]);
    signIn(cluster, 'a', 'old', { createdMs: 5, seenMs: 6, device });
    signIn(cluster, 'b', 'new');
    const node = cluster.node('c');
    cluster.ask('c', enlist(node, 'old', { createdMs: 5, seenMs: 9, device }));
    const result = cluster.ask('c', list);
    expect(result).toMatchObject({
      kind: 'listed',
      generation: 1,
      sessions: [
        { handle: handleOf('old'), session: keyOf('old'), createdMs: 5, seenMs: 9, device },
        { handle: handleOf('new'), session: keyOf('new') },
      ],
    });
  });

  it('is unknown before anybody signed in', () => {
    expect(listedAt(cluster, 'a')).toEqual(['unknown']);
    expect(cluster.ask('a', revoke(cluster.node('a'), 'all')).kind).toBe('unknown');
  });

  it('frees the place of a session that ended by itself', () => {
    signIn(cluster, 'a', 'one');
    signIn(cluster, 'a', 'two');
    cluster.ask('b', destroy(keyOf('one')));
    expect(listedAt(cluster, 'c')).toEqual(['two']);
    expect(signIn(cluster, 'c', 'three', { policy: 'reject' })).toBe('committed');
  });

  it('frees a place that is given back', () => {
    signIn(cluster, 'a', 'one');
    cluster.ask('b', { kind: 'delist', key: principal, handle: handleOf('one') });
    expect(listedAt(cluster, 'c')).toEqual([]);
  });

  it('survives its owner with all that was acknowledged', () => {
    signIn(cluster, 'a', 'one');
    const [owner] = cluster.owners(principal) as [string];
    cluster.crash(owner);
    const other = owner === 'a' ? 'b' : 'a';
    cluster.runUntil(() => cluster.owners(principal).length === 1, 'a new owner');
    expect(listedAt(cluster, other)).toEqual(['one']);
  });
});

describe('a login beyond the limit', () => {
  beforeEach(() => {
    signIn(cluster, 'a', 'one');
    signIn(cluster, 'b', 'two');
  });

  it('ends the oldest everywhere before it is answered', () => {
    const result = cluster.ask('c', enlist(cluster.node('c'), 'three'));
    expect(result).toMatchObject({
      kind: 'enlisted',
      ended: [{ handle: handleOf('one'), session: keyOf('one') }],
    });
    for (const node of cluster.nodes.values()) {
      expect(node.core.tombstone(keyOf('one'))?.reason).toBe('evicted');
    }
    expect(seenEverywhere('one')).toEqual(dead);
    expect(seenEverywhere('two')).toEqual(alive);
  });

  it('is refused where nobody is to make room, and changes nothing', () => {
    const call = enlist(cluster.node('c'), 'three', { policy: 'reject' });
    expect(cluster.ask('c', call)).toEqual({ kind: 'full', sessions: 2 });
    expect(listedAt(cluster, 'a')).toEqual(['one', 'two']);
    expect(seenEverywhere('one')).toEqual(alive);
  });

  it('ends whom it chose, although the owner of the list dies before it has told anybody', () => {
    const [owner] = cluster.owners(principal) as [string];
    const other = ['a', 'b', 'c'].find((id) => id !== owner) as string;
    cluster.lose(({ from, message }) => from === `${owner}~1` && message.kind === 'bury');
    const ticket = cluster.call(other, enlist(cluster.node(other), 'three'), 60_000);
    cluster.run(200);
    expect(ticket.result).toBeUndefined();
    cluster.crash(owner);
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result?.kind).toBe('enlisted');
    expect(seenEverywhere('one')).toEqual(['destroyed', 'destroyed']);
    expect(seenEverywhere('two')).toEqual([{ n: 0 }, { n: 0 }]);
    expect(listedAt(cluster, other)).toEqual(['two', 'three']);
  });

  it('is finished by the next owner although nobody asks again', () => {
    const [owner] = cluster.owners(principal) as [string];
    cluster.lose(({ from, message }) => from === `${owner}~1` && message.kind === 'bury');
    cluster.call(owner, enlist(cluster.node(owner), 'three'));
    cluster.run(200);
    cluster.crash(owner);
    cluster.runUntil(() => cluster.owners(principal).length === 1, 'a new owner');
    cluster.run(1000);
    const left = [...cluster.nodes.values()].filter((node) => !node.crashed);
    const reasons = left.map((node) => node.core.tombstone(keyOf('one'))?.reason);
    expect(reasons).toEqual(['evicted', 'evicted']);
  });

  it('ends the oldest under the id it got since', () => {
    const renamed = keyOf('renamed');
    const call = rotate(cluster.node('a'), keyOf('one'), renamed, { acrossLogin: false });
    expect(cluster.ask('a', call).kind).toBe('committed');
    cluster.ask('c', enlist(cluster.node('c'), 'three'));
    expect(seenAt(cluster, 'a', renamed)).toBe('destroyed');
  });

  it('ends the oldest although only its owner knows yet that it was rotated', () => {
    const renamed = keyOf('renamed');
    const [owner] = cluster.owners(keyOf('one')) as [string];
    const rotation = cluster.lose(
      ({ message }) =>
        message.kind === 'bury' && message.buried.some(({ reason }) => reason === 'rotated'),
    );
    const call = rotate(cluster.node(owner), keyOf('one'), renamed, { acrossLogin: false });
    expect(cluster.ask(owner, call).kind).toBe('committed');
    const result = cluster.ask('c', enlist(cluster.node('c'), 'three'));
    rotation();
    expect(result.kind).toBe('enlisted');
    for (const id of ['a', 'b', 'c']) expect(seenAt(cluster, id, renamed)).toBe('destroyed');
  });

  it('loses its place to the next one when it is not committed by then', () => {
    const [first, second, third] = ['three', 'four', 'five'].map((name) =>
      cluster.ask('a', enlist(cluster.node('a'), name)),
    );
    expect([first?.kind, second?.kind, third?.kind]).toEqual(Array(3).fill('enlisted'));
    if (first?.kind !== 'enlisted') throw new Error('no place');
    // Its key is buried: the login that comes too late makes no session.
    const late = createWith(cluster.node('b'), 'three', first.standing);
    expect(cluster.ask('b', late)).toMatchObject({ kind: 'destroyed', reason: 'evicted' });
    expect(listedAt(cluster, 'c')).toEqual(['four', 'five']);
  });

  it('gets no session by a rotation, either, when its place is gone', () => {
    const anonymous = keyOf('anonymous');
    cluster.ask('b', { ...createWith(cluster.node('b'), 'anonymous', undefined as never) });
    for (const name of ['three', 'four', 'five']) cluster.ask('a', enlist(cluster.node('a'), name));
    const late = rotate(cluster.node('b'), anonymous, keyOf('three'));
    expect(cluster.ask('b', late).kind).toBe('destroyed');
    expect(seenEverywhere('three')).toEqual(dead);
    expect(seenEverywhere('anonymous')).toEqual(alive);
  });
});

describe('many logins at the same time', () => {
  it.each(['evict-oldest', 'reject'] as const)('leave no more than allowed: %s', (policy) => {
    const ids = ['a', 'b', 'c'];
    const tickets = Array.from({ length: 100 }, (_, index) => {
      const id = ids[index % 3] as string;
      return cluster.call(id, enlist(cluster.node(id), `s${index}`, { limit: 3, policy }), 60_000);
    });
    cluster.runUntil(() => tickets.every(({ result }) => result), 'the answers');
    const listed = listedAt(cluster, 'a');
    expect(listed).toHaveLength(3);
    const kept = tickets.filter(({ result }) => result?.kind === 'enlisted').length;
    if (policy === 'reject') expect(kept).toBe(3);
    const standing = { principal, handle: handleOf('s0'), list: 'x', generation: 1 };
    const made = tickets.map((ticket, index) =>
      cluster.ask(ticket.node.id, createWith(ticket.node, `s${index}`, standing)),
    );
    if (policy === 'reject') return;
    const alive = made.flatMap(({ kind }, index) => (kind === 'committed' ? [`s${index}`] : []));
    expect(alive.toSorted()).toEqual(listed.toSorted());
  });
});

describe('a place whose login was never committed', () => {
  it('is free when its lease is over, also after a takeover', () => {
    cluster.ask('a', enlist(cluster.node('a'), 'lost', { limit: 1, policy: 'reject' }));
    const [owner] = cluster.owners(principal) as [string];
    const other = ['a', 'b', 'c'].find((id) => id !== owner) as string;
    cluster.crash(owner);
    const parts = { limit: 1, policy: 'reject' } as const;
    expect(signIn(cluster, other, 'next', parts)).toBe('full');
    cluster.run(LIMITS.enlistLeaseMs + 1000);
    expect(signIn(cluster, other, 'next', parts)).toBe('committed');
    // And the login it was for cannot come any more.
    expect(seenAt(cluster, other, keyOf('lost'))).toBe('destroyed');
  });

  it('stays when the session is there', () => {
    signIn(cluster, 'a', 'one');
    cluster.run(LIMITS.enlistLeaseMs + 1000);
    expect(cluster.ask('b', list)).toMatchObject({ sessions: [{ confirmed: true }] });
    expect(seenEverywhere('one')).toEqual(alive);
  });

  it('goes back to the session that was to get another id', () => {
    signIn(cluster, 'a', 'one');
    cluster.run(LIMITS.enlistLeaseMs + 1000);
    const node = cluster.node('b');
    cluster.ask('b', enlist(node, 'one', { session: keyOf('never') }));
    cluster.run(LIMITS.enlistLeaseMs + 1000);
    expect(cluster.ask('b', list)).toMatchObject({
      sessions: [{ handle: handleOf('one'), session: keyOf('one'), confirmed: true }],
    });
    expect(seenEverywhere('one')).toEqual(alive);
  });
});

describe('a revocation', () => {
  beforeEach(() => {
    for (const name of ['one', 'two', 'three']) signIn(cluster, 'a', name, { limit: 5 });
  });

  it('ends all sessions and raises the generation', () => {
    const result = cluster.ask('b', revoke(cluster.node('b'), 'all'));
    expect(result).toMatchObject({ kind: 'revoked', generation: 2 });
    for (const name of ['one', 'two', 'three']) expect(seenEverywhere(name)).toEqual(dead);
    expect(cluster.ask('c', { kind: 'open', key: keyOf('one') })).toMatchObject({
      kind: 'destroyed',
      reason: 'revoked',
    });
    expect(listedAt(cluster, 'c')).toEqual([]);
  });

  it('spares the one that asks', () => {
    cluster.ask('b', revoke(cluster.node('b'), 'others', 'two'));
    expect(seenEverywhere('one')).toEqual(dead);
    expect(seenEverywhere('two')).toEqual(alive);
    expect(listedAt(cluster, 'c')).toEqual(['two']);
  });

  it('ends one by its handle', () => {
    const result = cluster.ask('b', revoke(cluster.node('b'), 'one', 'two'));
    expect(result).toMatchObject({ ended: [{ handle: handleOf('two') }] });
    expect(seenEverywhere('two')).toEqual(dead);
    expect(listedAt(cluster, 'c')).toEqual(['one', 'three']);
  });

  it('counts once, however often it is repeated', () => {
    const call = revoke(cluster.node('b'), 'all');
    cluster.ask('b', call);
    signIn(cluster, 'a', 'later');
    expect(cluster.ask('b', call)).toMatchObject({ kind: 'revoked', generation: 2 });
    expect(listedAt(cluster, 'c')).toEqual(['later']);
  });

  it('takes the place of a login under way', () => {
    const enlisted = cluster.ask('a', enlist(cluster.node('a'), 'late', { limit: 5 }));
    if (enlisted.kind !== 'enlisted') throw new Error('no place');
    cluster.ask('b', revoke(cluster.node('b'), 'all'));
    const late = createWith(cluster.node('a'), 'late', enlisted.standing);
    expect(cluster.ask('a', late)).toMatchObject({ kind: 'destroyed', reason: 'revoked' });
  });
});

describe('a node that was away during a revocation', () => {
  /** The session is rotated where nobody sees it, so nobody can bury its present id. */
  function rotateApart(which: 'all' | 'one'): string {
    cluster = new ScriptedCluster(['a', 'b', 'c', 'd']);
    signIn(cluster, 'a', 'one');
    const [listOwner] = cluster.owners(principal) as [string];
    const [owner] = cluster.owners(keyOf('one')) as [string];
    expect(owner).not.toBe(listOwner);
    const [holder] = cluster.holders(keyOf('one')) as [string];
    const side = new Set([owner, holder].map((id) => cluster.node(id).incarnation));
    const heal = cluster.lose(({ from, to }) => side.has(from) !== side.has(to));
    cluster.run(100);
    const renamed = keyOf('renamed');
    const call = rotate(cluster.node(owner), keyOf('one'), renamed, { acrossLogin: false });
    expect(cluster.ask(owner, call).kind).toBe('committed');
    cluster.run(8000);
    const away = [owner, holder];
    const here = ['a', 'b', 'c', 'd'].find((id) => !away.includes(id)) as string;
    const other = ['a', 'b', 'c', 'd'].find((id) => !away.includes(id) && id !== here) as string;
    cluster.runUntil(() => cluster.owners(principal).some((id) => id === here || id === other));
    expect(cluster.ask(here, revoke(cluster.node(here), which, 'one')).kind).toBe('revoked');
    heal();
    cluster.run(8000);
    return renamed;
  }

  it.each(['all', 'one'] as const)('obeys when it returns: %s', (which) => {
    const renamed = rotateApart(which);
    for (const id of ['a', 'b', 'c', 'd']) expect(seenAt(cluster, id, renamed)).toBe('destroyed');
  });
});

/** Simulation, profile everything, seed 3: whoever was on the list of the other side was missed. */
describe('two lists that were led apart', () => {
  /** `before` is on the list of both sides, then each has a list of its own. */
  function split(): { heal: () => void; here: string; there: string } {
    signIn(cluster, 'a', 'before', { limit: 9 });
    const [there] = cluster.holders(principal) as [string];
    const here = ['a', 'b', 'c'].find((id) => id !== there) as string;
    const name = (incarnation: string) => incarnation.split('~')[0];
    const heal = cluster.lose(({ from, to }) => (name(from) === there) !== (name(to) === there));
    cluster.run(8000);
    return { heal, here, there };
  }

  it('are one again, with whoever signed in on either side', () => {
    const { heal, here, there } = split();
    for (const id of [here, there]) expect(signIn(cluster, id, id, { limit: 9 })).toBe('committed');
    heal();
    cluster.run(8000);
    expect(listedAt(cluster, here).toSorted()).toEqual([here, there, 'before'].toSorted());
    const revocation = cluster.ask(here, revoke(cluster.node(here), 'all'));
    expect(revocation.kind).toBe('revoked');
    for (const name of [here, there, 'before']) expect(seenEverywhere(name)).toEqual(dead);
    expect(listedAt(cluster, here)).toEqual([]);
  });

  it.each(['here', 'there'] as const)('have nobody who was ended on one side: %s', (side) => {
    const { heal, here, there } = split();
    const id = side === 'here' ? here : there;
    signIn(cluster, here, here, { limit: 9 });
    signIn(cluster, there, there, { limit: 9 });
    const call = revoke(cluster.node(id), 'one', 'before');
    expect(cluster.ask(id, call).kind).toBe('revoked');
    heal();
    cluster.run(8000);
    expect(listedAt(cluster, here).toSorted()).toEqual([here, there].toSorted());
    expect(seenEverywhere('before')).toEqual(dead);
    expect(seenEverywhere(here)).toEqual(alive);
    expect(seenEverywhere(there)).toEqual(alive);
  });
});

describe('a session that changes hands', () => {
  it('goes on when its list is lost with all copies', () => {
    signIn(cluster, 'a', 'one');
    const [owner] = cluster.owners(keyOf('one')) as [string];
    for (const node of cluster.nodes.values()) {
      cluster.poke(node.id, () => node.core.setRecord(principal, undefined));
    }
    cluster.crash(owner);
    const other = ['a', 'b', 'c'].find((id) => id !== owner) as string;
    expect(seenAt(cluster, other, keyOf('one'))).toEqual({ n: 0 });
    // Another list says nothing of it.
    signIn(cluster, other, 'two');
    expect(seenAt(cluster, other, keyOf('one'))).toEqual({ n: 0 });
  });

  it('is asked for once', () => {
    signIn(cluster, 'a', 'one');
    const [owner] = cluster.owners(keyOf('one')) as [string];
    cluster.crash(owner);
    const other = ['a', 'b', 'c'].find((id) => id !== owner) as string;
    expect(seenAt(cluster, other, keyOf('one'))).toEqual({ n: 0 });
    const [adopter] = cluster.owners(keyOf('one')) as [string];
    const held = cluster.hold(({ message }) => message.kind === 'call');
    expect(seenAt(cluster, adopter, keyOf('one'))).toEqual({ n: 0 });
    expect(held.envelopes).toHaveLength(0);
    held.drop();
  });
});
