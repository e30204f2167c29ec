import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import {
  destroy,
  given,
  increment,
  open,
  rotate,
  seenAt,
} from '../../../test/wire/session-calls.js';

const [key, first, second] = [keyOf('session'), keyOf('first'), keyOf('second')];

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

/** Two tabs find the id too old, one after the other, and both still have it. */
function rotateTwice(id: string, acrossLogin: boolean) {
  cluster.ask('a', rotate(cluster.node('a'), key, first, { acrossLogin: false }));
  const operations = [{ kind: 'increment', path: ['data', 'n'], by: 1 }] as const;
  return cluster.ask(id, rotate(cluster.node(id), key, second, { acrossLogin, operations }));
}

/** Asked at a node that does not lead the session; its answer may be long in coming. */
function renewAtC(parts: { readonly acrossLogin: boolean }) {
  return cluster.call('c', rotate(cluster.node('c'), key, first, parts), 30_000);
}

describe('an id that another tab has replaced already', () => {
  it.each(['a', 'b', 'c'])('is replaced once more, at node %s (stumble, seed 153)', (id) => {
    const result = rotateTwice(id, false);
    expect(result).toMatchObject({ kind: 'committed', view: { key: second } });
    for (const node of ['a', 'b', 'c']) {
      // A third tab still has the id of before.
      expect(cluster.ask(node, open(key))).toMatchObject({ kind: 'record', view: { key: second } });
      expect(seenAt(cluster, node, second)).toEqual({ n: 1 });
    }
    const late = cluster.ask('b', increment(cluster.node('b'), key));
    expect(late).toMatchObject({ kind: 'committed', view: { key: second } });
  });

  it.each(['a', 'b', 'c'])('takes a login to the session that it became, at node %s', (id) => {
    expect(rotateTwice(id, true)).toMatchObject({ kind: 'committed', view: { key: second } });
    for (const node of ['a', 'b', 'c']) {
      expect(cluster.ask(node, open(first))).toMatchObject({ kind: 'destroyed' });
      expect(seenAt(cluster, node, second)).toEqual({ n: 1 });
    }
  });

  it.each([true, false])(
    'is replaced once by a call that comes twice (bus, seed 2007)',
    (acrossLogin) => {
      seenAt(cluster, 'c', key);
      const copied = cluster.hold(({ message }) => message.kind === 'replicated');
      const calls = cluster.hold(({ to, message }) => to === 'a~1' && message.kind === 'call');
      const ticket = renewAtC({ acrossLogin });
      cluster.run(20);
      const [call] = calls.envelopes as [Envelope];
      calls.release();
      cluster.run(20);
      cluster.inject(call);
      cluster.run(60);
      copied.release();
      cluster.runUntil(() => ticket.result !== undefined, 'the answer');
      expect(ticket.result).toMatchObject({ kind: 'committed', view: { key: first } });
    },
  );

  it('is known to have ended, if its session was ended before any sending came (calm, seed 3009)', () => {
    seenAt(cluster, 'c', key);
    const calls = cluster.hold(({ to, message }) => to === 'a~1' && message.kind === 'call');
    const ticket = renewAtC({ acrossLogin: false });
    cluster.run(400);
    expect(calls.envelopes.length).toBeGreaterThan(1);
    cluster.ask('a', destroy(key));
    calls.release();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result).toMatchObject({ kind: 'destroyed', reason: 'logout' });
  });

  it('is not known to be replaced when the answer of its owner was lost', () => {
    seenAt(cluster, 'c', key);
    const found = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'result');
    const ticket = renewAtC({ acrossLogin: false });
    cluster.run(400);
    found();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    // It finds that it was itself.
    expect(ticket.result).toMatchObject({ kind: 'committed', view: { key: first } });
  });
});
