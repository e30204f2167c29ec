import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { dataOf, given, increment, rotate, seenAt } from '../../../test/wire/session-calls.js';

const key = keyOf('session');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

describe('a commit from a node that does not own the session', () => {
  it('is applied once when its answer is lost and it is repeated', () => {
    const lose = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'result');
    const ticket = cluster.call('c', increment(cluster.node('c'), key));
    cluster.run(700);
    lose();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result?.kind).toBe('committed');
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 1 });
  });

  it('is applied once when the owner dies before it answers', () => {
    cluster.lose(({ from, message }) => from === 'a~1' && message.kind === 'result');
    const ticket = cluster.call('c', increment(cluster.node('c'), key), 60_000);
    cluster.run(100);
    cluster.crash('a');
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result?.kind).toBe('committed');
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 1 });
  });

  it('is applied once when a copy of the call arrives after the next commits', () => {
    expect(seenAt(cluster, 'c', key)).toEqual({ n: 0 });
    const calls = cluster.hold(({ from, message }) => from === 'c~1' && message.kind === 'call');
    const first = cluster.call('c', increment(cluster.node('c'), key));
    cluster.run(400);
    const copy = calls.envelopes.pop() as Envelope;
    expect(calls.envelopes).not.toHaveLength(0);
    calls.release();
    cluster.runUntil(() => first.result !== undefined, 'the answer');
    cluster.ask('c', increment(cluster.node('c'), key));
    cluster.inject(copy);
    cluster.run(500);
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 2 });
  });

  it('is applied once when two copies of it wait for the same takeover', () => {
    cluster.crash('a');
    const ticket = cluster.call('c', increment(cluster.node('c'), key), 60_000);
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 1 });
  });
});

describe('a change whose session nobody has any more', () => {
  beforeEach(() => {
    // Added last, so no holder: it asks, and so does one that takes nothing over.
    for (const id of ['d', 'e']) cluster.add(id);
    cluster.run(200);
  });

  it('may have been made by the owner that had the call, and comes back (stumble, seed 93)', () => {
    seenAt(cluster, 'd', key);
    const found = cluster.lose(({ to, message }) => to === 'd~1' && message.kind === 'result');
    const ticket = cluster.call('d', increment(cluster.node('d'), key), 30_000);
    cluster.run(100);
    cluster.pause('a');
    for (const holder of cluster.holders(key)) cluster.crash(holder);
    found();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result).toEqual({ kind: 'fate-unknown' });
    cluster.resume('a');
    cluster.run(5000);
    expect(seenAt(cluster, 'd', key)).toEqual({ n: 1 });
  });

  it('was not made when no owner had the call', () => {
    expect(cluster.ask('c', increment(cluster.node('c'), keyOf('nobody’s')))).toEqual({
      kind: 'unknown',
    });
  });
});

describe('a change that is sent more than once while somebody signs in', () => {
  const [login, rotated] = [keyOf('login'), keyOf('rotated')];
  const toOwner = ({ to, message }: Envelope) => to === 'a~1' && message.kind === 'call';

  it.each([
    ['before every node has heard of the login (swizzle, seed 107)', 20],
    ['after it (calm, seed 2028)', 400],
  ])('is told that it was not made when all its sendings come late, %s', (_when, afterMs) => {
    seenAt(cluster, 'c', key);
    if (afterMs < 100) cluster.hold(({ to, message }) => to === 'b~1' && message.kind === 'bury');
    const calls = cluster.hold(toOwner);
    const late = cluster.call('c', increment(cluster.node('c'), key), 30_000);
    cluster.run(400);
    expect(calls.envelopes.length).toBeGreaterThan(1);
    cluster.call('a', rotate(cluster.node('a'), key, login), 30_000);
    cluster.run(afterMs);
    calls.release();
    cluster.runUntil(() => late.result !== undefined, 'the answer');
    expect(late.result).toMatchObject({ kind: 'destroyed', reason: 'rotated' });
    expect(seenAt(cluster, 'b', login)).toEqual({ n: 0 });
  });

  it('is told that it was made when a copy has it, under whatever id (calm, seed 74)', () => {
    seenAt(cluster, 'c', key);
    const copies = cluster.hold(({ message }) => message.kind === 'replicated');
    const parts = { acrossLogin: false };
    const early = cluster.call('c', rotate(cluster.node('c'), key, rotated, parts), 30_000);
    cluster.run(40);
    cluster.call('a', rotate(cluster.node('a'), rotated, login), 30_000);
    cluster.run(400);
    expect(early.result).toBeUndefined();
    copies.release();
    cluster.runUntil(() => early.result !== undefined, 'the answer');
    expect(early.result).toMatchObject({ kind: 'committed', view: { key: rotated } });
  });

  /** A change at `c` whose answers are lost, and a login at `a` behind it. */
  function answeredInVain() {
    seenAt(cluster, 'c', key);
    const answers = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'result');
    const early = cluster.call('c', increment(cluster.node('c'), key), 30_000);
    cluster.run(100);
    const parts = { operations: [{ kind: 'set', path: ['data', 'name'], value: 'Ada' }] } as const;
    cluster.ask('a', rotate(cluster.node('a'), key, login, parts));
    return { early, answers };
  }

  it('is told that it was made when only the answer was lost, and nothing of the login (pause, seed 52)', () => {
    const { early, answers } = answeredInVain();
    cluster.ask('a', increment(cluster.node('a'), login));
    expect(early.result).toBeUndefined();
    answers();
    cluster.runUntil(() => early.result !== undefined, 'the answer');
    expect(early.result).toMatchObject({ kind: 'committed', copies: 1, view: { key } });
    expect(dataOf(early.result)).toEqual({ n: 1 });
    expect(seenAt(cluster, 'b', login)).toEqual({ n: 2, name: 'Ada' });
  });

  it('is not known to be made when nobody can tell any more', () => {
    const { early, answers } = answeredInVain();
    cluster.crash('a');
    answers();
    cluster.runUntil(() => early.result !== undefined, 'the answer');
    expect(early.result).toEqual({ kind: 'fate-unknown' });
    expect(seenAt(cluster, 'b', login)).toEqual({ n: 1, name: 'Ada' });
  });
});
