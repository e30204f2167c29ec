import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, increment } from '../../../test/wire/session-calls.js';
import { mayLeave } from './may-leave.js';

const key = keyOf('session');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

const isAllowed = (id: string): boolean => mayLeave(cluster.node(id).core);

describe('a drained node', () => {
  it('may leave when it has handed everything over', () => {
    expect(isAllowed('a')).toBe(false);
    cluster.poke('a', () => cluster.node('a').core.step({ kind: 'drain', nowMs: cluster.nowMs }));
    cluster.runUntil(() => isAllowed('a'), 'everything to be elsewhere');
    expect(cluster.owners(key)).not.toEqual(['a']);
    expect(cluster.owners(key)).toHaveLength(1);
  });

  it('may not while nobody answers it for a moment (rolling, seed 1003)', () => {
    cluster.hold(({ to }) => to === 'a~1');
    cluster.call('a', increment(cluster.node('a'), key));
    const { core } = cluster.node('a');
    cluster.runUntil(() => core.copyTargets().length === 0, 'nobody to be there for it');
    expect(isAllowed('a')).toBe(false);
  });

  it('waits for others that are only silent, and leaves without them in the end', () => {
    for (const id of ['b', 'c']) cluster.pause(id);
    const { core } = cluster.node('a');
    cluster.runUntil(() => [...core.membership.live()].length === 0, 'the verdict');
    cluster.run(5000);
    expect(isAllowed('a')).toBe(false);
    cluster.runUntil(() => isAllowed('a'), 'the end of the patience');
    expect(core.ownedCount).toBe(1);
  });

  it('may when all others are gone: nobody is left to take anything', () => {
    for (const id of ['b', 'c']) cluster.crash(id);
    cluster.runUntil(() => isAllowed('a'), 'the others to be gone');
    expect(cluster.node('a').core.ownedCount).toBe(1);
  });
});
