import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, increment, open, seenAt } from '../../../test/wire/session-calls.js';

const key = keyOf('session');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

describe('a node that has lost the bus', () => {
  it('says at once who leads a session, and runs nothing', () => {
    const holder = cluster.holders(key)[0] as string;
    cluster.disconnect(holder);
    const ticket = cluster.call(holder, open(key));
    expect(ticket.result).toEqual({ kind: 'elsewhere', owner: 'a' });
  });

  it('says so to a request that was already on its way to the owner', () => {
    const holder = cluster.holders(key)[0] as string;
    cluster.hold(({ message }) => message.kind === 'call');
    const ticket = cluster.call(holder, open(key));
    expect(ticket.result).toBeUndefined();
    cluster.disconnect(holder);
    expect(ticket.result).toEqual({ kind: 'elsewhere', owner: 'a' });
  });

  it('serves what it leads', () => {
    cluster.disconnect('a');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 0 });
  });

  it('does not call a change undone that is on its way', () => {
    const holder = cluster.holders(key)[0] as string;
    const held = cluster.hold(({ message }) => message.kind === 'call');
    const ticket = cluster.call(holder, increment(cluster.node(holder), key));
    cluster.disconnect(holder);
    expect(ticket.result).toBeUndefined();
    held.release();
    cluster.connect(holder);
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result?.kind).toBe('committed');
  });
});
