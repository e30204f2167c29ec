import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../test/wire/scripted-cluster.js';
import { given, increment, seenAt } from '../../test/wire/session-calls.js';

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
