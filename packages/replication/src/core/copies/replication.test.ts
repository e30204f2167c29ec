import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { commit, create, given, increment, seenAt } from '../../../test/wire/session-calls.js';

const key = keyOf('session');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b']);
  given(cluster, 'a', key, { n: 0 });
});

/** What the node has of the session, as `epoch.seq`. */
function stamp(id: string): string | undefined {
  const record = cluster.node(id).core.records.get(key);
  return record && `${record.epoch}.${record.seq}`;
}

describe('a commit', () => {
  it('is answered when the backup has it, not before', () => {
    const acks = cluster.hold(({ message }) => message.kind === 'replicated');
    const ticket = cluster.call('a', increment(cluster.node('a'), key));
    cluster.settle();
    expect([stamp('a'), stamp('b'), ticket.result]).toEqual(['1.1', '1.1', undefined]);
    acks.release();
    cluster.settle();
    expect(ticket.result).toMatchObject({ kind: 'committed', copies: 1 });
  });

  it('does not count as copied when only the refusal of it was lost', () => {
    cluster.node('b').core.setRecord(key, undefined);
    let lost = 0;
    cluster.lose(({ message }) => message.kind === 'replicated' && lost++ === 0);
    const first = cluster.call('a', increment(cluster.node('a'), key));
    cluster.settle();
    expect(stamp('b')).toBeUndefined();
    const sound = keyOf('sound');
    cluster.call('a', create(cluster.node('a'), sound));
    cluster.settle();
    cluster.runUntil(() => first.result !== undefined, 'the answer');
    expect(first.result).toMatchObject({ kind: 'committed', copies: 1 });
    expect(stamp('b')).toBe('1.1');
  });

  it('does not count as copied when the doubled frame is acknowledged before its refusal', () => {
    cluster.node('b').core.setRecord(key, undefined);
    const frames = cluster.hold(({ message }) => message.kind === 'replicate');
    const ticket = cluster.call('a', increment(cluster.node('a'), key));
    cluster.settle();
    frames.release((envelopes) => [...envelopes, ...envelopes]);
    const acks = cluster.hold(({ message }) => message.kind === 'replicated');
    cluster.settle();
    acks.release((envelopes) => envelopes.reverse());
    cluster.settle();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(stamp('b')).toBe('1.1');
  });

  it.each(['backup', 'all'] as const)(
    'waits for a copy while the only backup stalls: %s',
    (durability) => {
      cluster.lose(({ to, message }) => to === 'b~1' && message.kind === 'replicate');
      const ticket = cluster.call('a', increment(cluster.node('a'), key, { durability }), 60_000);
      cluster.run(2000);
      expect(cluster.node('a').core.membership.isLive('b~1')).toBe(true);
      expect(ticket.result).toBeUndefined();
    },
  );

  it('with all copies waits for the slower of two backups', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2 });
    given(cluster, 'a', key, { n: 0 });
    const slow = cluster.hold(
      ({ from, message }) => from === 'c~1' && message.kind === 'replicated',
    );
    const ticket = cluster.call('a', increment(cluster.node('a'), key, { durability: 'all' }));
    cluster.settle();
    expect(ticket.result).toBeUndefined();
    slow.release();
    cluster.settle();
    expect(ticket.result).toMatchObject({ kind: 'committed', copies: 2 });
  });

  it('gets another backup when the first is silent', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    given(cluster, 'a', key, { n: 0 });
    const [silent] = cluster.holders(key) as [string];
    cluster.lose(({ to, message }) => to === `${silent}~1` && message.kind === 'replicate');
    expect(cluster.ask('a', increment(cluster.node('a'), key))).toMatchObject({ copies: 1 });
  });

  it('is answered at once without a peer, and says so', () => {
    cluster = new ScriptedCluster(['a']);
    given(cluster, 'a', key, { n: 0 });
    const ticket = cluster.call('a', increment(cluster.node('a'), key));
    expect(ticket.result).toMatchObject({ kind: 'committed', copies: 0 });
    expect(cluster.node('a').notice('no-copy')).not.toHaveLength(0);
  });

  it('is refused without a peer where that is the policy', () => {
    cluster.disconnect('b');
    cluster = new ScriptedCluster(['a'], { onIsolation: 'refuse' });
    cluster.call('a', create(cluster.node('a'), key, { n: 0 }));
    expect(cluster.ask('a', increment(cluster.node('a'), key)).kind).toBe('refused');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 0 });
  });

  it('is copied although an entry of a former epoch of its owner is refused in the same frame', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    given(cluster, 'a', key, { n: 0 });
    const { core } = cluster.node('a');
    const [first] = cluster.holders(key) as [string];
    // Its backup drains, so the other node is sent a copy; before that leaves, a new epoch begins.
    cluster.step(cluster.node(first), { kind: 'drain', nowMs: cluster.nowMs });
    while (cluster.waiting.length > 0) cluster.deliver();
    const frames: number[] = [];
    cluster.lose(({ message }) => {
      if (message.kind === 'repair') frames.push(message.entries.length);
      return false;
    });
    cluster.tick('a');
    cluster.poke('a', () => core.claims.start(key, 1, () => {}));
    while (cluster.waiting.length > 0) cluster.deliver();
    cluster.tick('a');
    cluster.settle();
    expect(frames[0]).toBe(2);
    const owned = core.records.get(key);
    if (owned?.role !== 'owner') throw new Error('expected the owner');
    expect(owned.epoch).toBeGreaterThan(1);
    for (const { ackedSeq } of owned.backups.values()) expect(ackedSeq).toBe(owned.seq);
  });

  it('is appended to the copy, which is encoded anew before it can no longer travel', () => {
    const text = 'x'.repeat(20_000);
    for (let count = 0; count < 8; count++) {
      cluster.ask(
        'a',
        commit(cluster.node('a'), key, [{ kind: 'set', path: ['data', 't'], value: text + count }]),
      );
    }
    const record = cluster.node('b').core.records.get(key);
    if (record?.role !== 'backup') throw new Error('expected the copy');
    expect(record.encodedBytes).toBeLessThan(60_000);
    cluster.crash('a');
    cluster.run(8000);
    const { t } = seenAt(cluster, 'b', key) as { t: string };
    expect([t.length, t.at(-1)]).toEqual([20_001, '7']);
  });

  it('that changed a list merges over a takeover', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    given(cluster, 'a', key, { items: [{ id: 1 }, { id: 2 }, { id: 3 }] });
    const base = { epoch: 1, seq: 0 };
    const removeAt = (index: number) =>
      ({ kind: 'splice', path: ['data', 'items'], index, deleteCount: 1, items: [] }) as const;
    cluster.crash('a');
    cluster.ask('b', commit(cluster.node('b'), key, [removeAt(0)], { base }));
    cluster.ask('c', commit(cluster.node('c'), key, [removeAt(1)], { base }));
    expect(seenAt(cluster, 'b', key)).toEqual({ items: [{ id: 3 }] });
  });
});

describe('the copies of many sessions', () => {
  const COUNT = 5000;

  it('are all renewed when their backup dies', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    const keys = Array.from({ length: COUNT }, (_, index) => keyOf(`s${index}`));
    for (const session of keys) cluster.call('a', create(cluster.node('a'), session));
    cluster.runUntil(() => held('b') + held('c') === COUNT, 'the first copies');
    cluster.crash('b');
    cluster.runUntil(() => held('c') === COUNT, 'the new copies');
    for (const record of cluster.node('a').core.records.values()) {
      if (record.role !== 'owner') throw new Error('expected an owner');
      expect([...record.backups]).toEqual([['c~1', { ackedSeq: 0 }]]);
    }
  });

  function held(id: string): number {
    return cluster.node(id).core.records.size;
  }
});
