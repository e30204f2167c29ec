import { describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, increment, open, seenAt } from '../../../test/wire/session-calls.js';
import { LIMITS } from '../limits.js';
import { type Affinity, afterRequest, shouldFollow } from './affinity.js';

describe('a run of requests', () => {
  it('grows with the same node and begins anew with another', () => {
    let affinity: Affinity | undefined;
    for (const by of ['b', 'b', 'c', 'b', 'b', 'b']) affinity = afterRequest(affinity, by);
    expect(affinity).toEqual({ by: 'b', run: 3 });
  });

  it.each([
    ['long enough', { by: 'b', run: 8 }, 1000, true],
    ['too short', { by: 'b', run: 7 }, 1000, false],
    ['of the owner itself', { by: 'a', run: 99 }, 1000, false],
    ['while the record has just come', { by: 'b', run: 99 }, 999, false],
  ])('%s', (_what, affinity, heldMs, follows) => {
    const situation = { affinity, self: 'a', heldMs, enough: 8, minHoldMs: 1000 };
    expect(shouldFollow(situation)).toBe(follows);
  });
});

describe('a record whose requests keep coming through another node', () => {
  const key = keyOf('session');
  const run = LIMITS.affinityRun;

  function clusterWithSession(): ScriptedCluster {
    const cluster = new ScriptedCluster(['a', 'b', 'c']);
    given(cluster, 'a', key, { n: 0 });
    cluster.run(2000);
    return cluster;
  }

  it('moves there, whether or not that node held a copy, and loses nothing on the way', () => {
    for (const id of ['b', 'c']) {
      const cluster = clusterWithSession();
      for (let n = 0; n < run; n++) {
        cluster.ask(id, open(key));
        cluster.ask(id, increment(cluster.node(id), key));
      }
      cluster.run(2000);
      expect(cluster.owners(key)).toEqual([id]);
      expect(cluster.holders(key)).toHaveLength(1);
      expect(seenAt(cluster, 'a', key)).toEqual({ n: run });
    }
  });

  it('stays when the requests are spread over several nodes', () => {
    const cluster = clusterWithSession();
    for (let n = 0; n < 4 * run; n++) cluster.ask(['a', 'b', 'c'][n % 3] as string, open(key));
    cluster.run(1000);
    expect(cluster.owners(key)).toEqual(['a']);
  });

  it('is not thrown to and fro between two nodes', () => {
    const cluster = clusterWithSession();
    for (let n = 0; n < run; n++) cluster.ask('b', open(key));
    cluster.runUntil(() => cluster.owners(key)[0] === 'b', 'the handoff');
    const before = cluster.node('b').notice('handoff').length;
    for (let n = 0; n < run; n++) cluster.ask('a', open(key));
    expect(cluster.node('b').notice('handoff')).toHaveLength(before);
    expect(cluster.owners(key)).toEqual(['b']);
  });

  it('does not go to a node that drains', () => {
    const cluster = clusterWithSession();
    cluster.step(cluster.node('b'), { kind: 'drain', nowMs: cluster.nowMs });
    for (let n = 0; n < 2 * run; n++) cluster.ask('b', open(key));
    cluster.run(1000);
    expect(cluster.owners(key)).not.toContain('b');
  });
});
