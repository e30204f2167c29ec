import { beforeEach, describe, expect, it } from 'vitest';
import { createWith, enlist, listedAt, revoke } from '../../../test/wire/principal-calls.js';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, open, rotate, seenAt } from '../../../test/wire/session-calls.js';
import type { CallOutcome } from '../calls/calls.js';
import { LIMITS } from '../limits.js';

const key = keyOf('session');
const first = keyOf('first');
const second = keyOf('second');
const outcome = new TextEncoder().encode('signed in');
const journal = { key: 'login-1', fingerprint: 'f00d', outcome };

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { cart: 'tea' });
});

function login(id: string, to: string, parts: Partial<typeof journal> = {}): CallOutcome {
  return cluster.ask(
    id,
    rotate(cluster.node(id), key, to, {
      operations: [{ kind: 'increment', path: ['data', 'logins'], by: 1 }],
      journal: { ...journal, ...parts },
    }),
  );
}

function reserve(id: string, fingerprint = 'f00d'): CallOutcome {
  const call = { kind: 'reserve', key, journalKey: 'login-1', fingerprint } as const;
  return cluster.ask(id, { ...call, id: { origin: `${id}~1`, counter: 999, watermark: 999 } });
}

describe('a login whose answer was lost, repeated under the old id', () => {
  beforeEach(() => {
    expect(login('a', first).kind).toBe('committed');
  });

  it('is announced as such when the key is reserved', () => {
    for (const id of ['a', 'b', 'c']) expect(reserve(id)).toEqual({ kind: 'rotated' });
    expect(reserve('b', 'another body')).toMatchObject({ kind: 'destroyed', reason: 'rotated' });
  });

  it('gets another id, keeps the contents and the outcome, and buries the id that never came', () => {
    const again = login('c', second, { outcome: new Uint8Array() });
    expect(again).toMatchObject({
      kind: 'committed',
      view: { key: second, document: { data: { cart: 'tea', logins: 1 } } },
      entry: { key: 'login-1', fingerprint: 'f00d', outcome },
    });
    for (const id of ['a', 'b', 'c']) {
      expect(cluster.ask(id, open(first))).toMatchObject({ kind: 'destroyed', reason: 'rotated' });
      expect(seenAt(cluster, id, second)).toEqual({ cart: 'tea', logins: 1 });
    }
  });

  it('gets one more each time it is repeated', () => {
    login('c', second);
    const third = keyOf('third');
    expect(login('b', third)).toMatchObject({ kind: 'committed', entry: { outcome } });
    expect(seenAt(cluster, 'a', second)).toBe('destroyed');
    expect(seenAt(cluster, 'a', third)).toEqual({ cart: 'tea', logins: 1 });
  });

  it('gets it from whoever is left when the owner is dead', () => {
    cluster.crash('a');
    expect(login('c', second)).toMatchObject({ kind: 'committed', entry: { outcome } });
    expect(seenAt(cluster, 'b', second)).toEqual({ cart: 'tea', logins: 1 });
  });

  it('tells the outcome although the answer to the repetition is lost as well', () => {
    const lose = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'result');
    const call = rotate(cluster.node('c'), key, second, { journal });
    const ticket = cluster.call('c', call, 60_000);
    cluster.run(700);
    lose();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result).toMatchObject({ kind: 'committed', entry: { outcome } });
    expect(seenAt(cluster, 'b', second)).toEqual({ cart: 'tea', logins: 1 });
  });

  it.each([
    ['another key', { key: 'login-2' }],
    ['another body', { fingerprint: 'beef' }],
  ])('is nothing of the kind with %s', (_, parts) => {
    expect(login('c', second, parts).kind).not.toBe('committed');
    expect(seenAt(cluster, 'b', first)).toEqual({ cart: 'tea', logins: 1 });
    expect(seenAt(cluster, 'b', second)).toBe('unknown');
  });

  it('is too late after half a minute', () => {
    cluster.run(LIMITS.loginReplayMs + 100);
    expect(login('c', second).kind).not.toBe('committed');
    expect(reserve('c').kind).toBe('destroyed');
    expect(seenAt(cluster, 'b', first)).toEqual({ cart: 'tea', logins: 1 });
  });

  it('is nothing of the kind without a key', () => {
    const call = rotate(cluster.node('c'), key, second);
    expect(cluster.ask('c', call).kind).not.toBe('committed');
    expect(seenAt(cluster, 'b', first)).toEqual({ cart: 'tea', logins: 1 });
  });

  it('does not bring back a session that was logged out', () => {
    cluster.ask('b', { kind: 'destroy', key: first, reason: 'logout' });
    expect(login('c', second).kind).not.toBe('committed');
    expect(seenAt(cluster, 'b', second)).toBe('unknown');
  });
});

describe('a repeated login of a principal with a list', () => {
  it('keeps the place of the first one, and is ended by it', () => {
    const enlisted = cluster.ask('b', enlist(cluster.node('b'), 'first', { session: first }));
    if (enlisted.kind !== 'enlisted') throw new Error('no place');
    const { standing } = enlisted;
    cluster.ask('a', rotate(cluster.node('a'), key, first, { journal, standing }));
    expect(cluster.ask('c', rotate(cluster.node('c'), key, second, { journal })).kind).toBe(
      'committed',
    );
    expect(listedAt(cluster, 'a')).toEqual(['first']);
    cluster.ask('b', revoke(cluster.node('b'), 'one', 'first'));
    expect(cluster.ask('a', open(second))).toMatchObject({ kind: 'destroyed', reason: 'revoked' });
  });
});

describe('what a later open says of an end', () => {
  it.each([
    ['logout', 'logout'],
    ['destroyed', 'logout'],
    ['idle', 'expired'],
    ['disabled by an administrator', 'revoked'],
  ])('%s: %s', (reason, expected) => {
    cluster.ask('b', { kind: 'destroy', key, reason });
    for (const id of ['a', 'b', 'c']) {
      expect(cluster.ask(id, open(key))).toMatchObject({ kind: 'destroyed', reason: expected });
    }
  });

  it('is told by a node that came later', () => {
    cluster.ask('b', { kind: 'destroy', key, reason: 'logout' });
    cluster.add('d');
    cluster.run(600);
    expect(cluster.ask('d', open(key))).toMatchObject({ kind: 'destroyed', reason: 'logout' });
  });

  it('is that it expired', () => {
    const node = cluster.node('a');
    const call = createWith(node, 'short', undefined as never);
    cluster.ask('a', { ...call, idleTimeoutMs: 1000 } as never);
    cluster.run(5000);
    expect(cluster.ask('c', open(keyOf('short')))).toMatchObject({
      kind: 'destroyed',
      reason: 'expired',
    });
  });

  it('is that the session was ended, when its id had been rotated before', () => {
    cluster.ask('a', rotate(cluster.node('a'), key, first, { acrossLogin: false }));
    // Within the grace period the old id ends its successor.
    cluster.ask('b', { kind: 'destroy', key, reason: 'logout' });
    expect(cluster.ask('c', open(key))).toMatchObject({ kind: 'destroyed', reason: 'logout' });
    expect(seenAt(cluster, 'c', first)).toBe('destroyed');
  });

  it('is a rotation for an id whose grace period is over', () => {
    cluster.ask('a', rotate(cluster.node('a'), key, first, { acrossLogin: false }));
    cluster.run(16_000);
    cluster.ask('b', { kind: 'destroy', key, reason: 'logout' });
    expect(seenAt(cluster, 'c', first)).toEqual({ cart: 'tea' });
  });
});
