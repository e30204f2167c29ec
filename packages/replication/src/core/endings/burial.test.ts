import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { destroy, given, increment, rotate, seenAt } from '../../../test/wire/session-calls.js';

const key = keyOf('session');
const successor = keyOf('successor');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

function seenEverywhere(of = key): unknown[] {
  const alive = [...cluster.nodes.values()].filter((node) => !node.crashed);
  return alive.map((node) => seenAt(cluster, node.id, of));
}

describe('an end that was acknowledged', () => {
  it.each(['a', 'b', 'c'])('is known to every node, asked for at %s', (id) => {
    expect(cluster.ask(id, destroy(key)).kind).toBe('done');
    for (const node of cluster.nodes.values()) {
      expect(node.core.tombstone(key)).toBeDefined();
      expect(node.core.records.has(key)).toBe(false);
    }
  });

  it('is not undone by a change that was under way', () => {
    const late = cluster.hold(({ message }) => message.kind === 'replicate');
    cluster.call('a', increment(cluster.node('a'), key));
    cluster.settle();
    cluster.ask('c', destroy(key));
    late.release();
    cluster.run(1000);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed', 'destroyed']);
  });

  it('is not undone by a commit that was based on the living session', () => {
    const commit = increment(cluster.node('c'), key);
    cluster.ask('a', destroy(key));
    expect(cluster.ask('c', commit).kind).toBe('destroyed');
  });

  it('stands when whoever says so is dead by the time it is heard (sides, seed 4026)', () => {
    const said = cluster.hold(({ from }) => from === 'a~1');
    cluster.call('a', destroy(key));
    cluster.run(10_000);
    cluster.crash('a');
    for (const id of ['b', 'c']) expect(seenAt(cluster, id, key)).toEqual({ n: 0 });
    said.release();
    cluster.run(1000);
    for (const id of ['b', 'c']) expect(seenAt(cluster, id, key)).toBe('destroyed');
  });

  it('of an id that was replaced is not taken from the dead: its successor may be gone as well', () => {
    const said = cluster.hold(({ from }) => from === 'a~1');
    cluster.call('a', rotate(cluster.node('a'), key, successor));
    cluster.run(10_000);
    cluster.crash('a');
    said.release();
    cluster.run(1000);
    for (const id of ['b', 'c']) expect(seenAt(cluster, id, key)).toEqual({ n: 0 });
  });

  it('stands when the owner was dead', () => {
    cluster.crash('a');
    expect(cluster.ask('c', destroy(key)).kind).toBe('done');
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed']);
  });

  it.each([
    ['suspected', 1500],
    ['declared dead', 5000],
  ])('stands when a backup that was cut off and %s comes back and all others are gone', (_, ms) => {
    cluster = new ScriptedCluster(['a', 'b']);
    given(cluster, 'a', key, { n: 0 });
    const mend = cluster.lose(() => true);
    cluster.run(ms);
    expect(cluster.ask('a', destroy(key)).kind).toBe('done');
    mend();
    cluster.run(1000);
    cluster.crash('a');
    cluster.run(6000);
    expect(seenEverywhere()).toEqual(['destroyed']);
  });

  it('is refused while nobody can be told, when that is the policy', () => {
    cluster = new ScriptedCluster(['a', 'b'], { onIsolation: 'refuse' });
    given(cluster, 'a', key, { n: 0 });
    cluster.disconnect('a');
    expect(cluster.ask('a', destroy(key)).kind).toBe('refused');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 0 });
  });

  it('stands when the owner was cut off from the bus and came back', () => {
    cluster.disconnect('a');
    cluster.run(500);
    expect(cluster.ask('a', destroy(key)).kind).toBe('done');
    cluster.connect('a');
    cluster.run(1000);
    cluster.crash('a');
    cluster.run(6000);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed']);
  });

  it('stands when the bus was lost just after it was asked for', () => {
    const ticket = cluster.call('a', destroy(key));
    for (const id of ['b', 'c', 'a']) cluster.disconnect(id);
    cluster.run(500);
    expect(ticket.result?.kind).toBe('done');
    for (const id of ['b', 'c', 'a']) cluster.connect(id);
    cluster.run(1000);
    cluster.crash('a');
    cluster.run(6000);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed']);
  });

  it('is repeated until it arrives', () => {
    let lost = 0;
    const mend = cluster.lose(({ message }) => message.kind === 'bury' && lost++ < 4);
    expect(cluster.ask('a', destroy(key)).kind).toBe('done');
    mend();
    for (const node of cluster.nodes.values()) expect(node.core.tombstone(key)).toBeDefined();
  });

  it('is acknowledged again when it is asked for again', () => {
    cluster.ask('a', destroy(key));
    expect(cluster.ask('c', destroy(key)).kind).toBe('done');
  });

  it('holds for a key that nobody ever knew', () => {
    const unknown = keyOf('unknown');
    expect(cluster.ask('b', destroy(unknown)).kind).toBe('done');
    expect(seenEverywhere(unknown)).toEqual(['destroyed', 'destroyed', 'destroyed']);
  });
});

describe('a session that expired while its owner was cut off', () => {
  it('is not served, and lives on where it was used meanwhile', () => {
    cluster.disconnect('a');
    cluster.runUntil(() => !cluster.node('b').core.membership.isLive('a~1'), 'the verdict');
    for (let used = 0; used < 4; used++) {
      cluster.run(10 * 60_000);
      cluster.ask('b', increment(cluster.node('b'), key));
    }
    expect(seenAt(cluster, 'a', key)).toBe('destroyed');
    cluster.connect('a');
    cluster.run(5000);
    expect(seenEverywhere()).toEqual([{ n: 4 }, { n: 4 }, { n: 4 }]);
  });
});

describe('a rotation', () => {
  it.each([true, false])('moves the session, across a login: %s', (acrossLogin) => {
    const call = rotate(cluster.node('c'), key, successor, { acrossLogin });
    expect(cluster.ask('c', call).kind).toBe('committed');
    expect(seenEverywhere(successor)).toEqual([{ n: 0 }, { n: 0 }, { n: 0 }]);
    const old = acrossLogin ? 'destroyed' : { n: 0 };
    expect(seenEverywhere()).toEqual([old, old, old]);
  });

  it('forgets its alias after a while', () => {
    cluster.ask('c', rotate(cluster.node('c'), key, successor, { acrossLogin: false }));
    cluster.run(16_000);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed', 'destroyed']);
  });

  it.each([true, false])(
    'is whole or not at all, wherever its owner dies (across a login: %s)',
    (acrossLogin) => {
      const outcomes = new Set<string>();
      for (let delivered = 0; delivered < 40; delivered++) {
        cluster = new ScriptedCluster(['a', 'b', 'c']);
        given(cluster, 'a', key, { n: 0 });
        const ticket = cluster.call(
          'a',
          rotate(cluster.node('a'), key, successor, { acrossLogin }),
        );
        for (let count = 0; count < delivered; count++) {
          if (cluster.waiting.length > 0) cluster.deliver();
          else cluster.flush();
        }
        const acknowledged = ticket.result?.kind === 'committed';
        cluster.crash('a');
        cluster.run(6000);
        const old = JSON.stringify(seenAt(cluster, 'b', key));
        const now = JSON.stringify(seenAt(cluster, 'c', successor));
        const alive = JSON.stringify({ n: 0 });
        const alias = acrossLogin ? '"destroyed"' : alive;
        const outcome = now === alive ? 'rotated' : 'not rotated';
        outcomes.add(outcome);
        if (acknowledged) expect(outcome).toBe('rotated');
        expect([old, now]).toEqual(outcome === 'rotated' ? [alias, alive] : [alive, '"unknown"']);
      }
      expect([...outcomes].sort()).toEqual(['not rotated', 'rotated']);
    },
  );

  it('that is repeated because its answer was lost is applied once', () => {
    const lose = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'result');
    const call = rotate(cluster.node('c'), key, successor, {
      operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
    });
    const ticket = cluster.call('c', call, 10_000);
    cluster.run(400);
    lose();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result?.kind).toBe('committed');
    expect(seenAt(cluster, 'b', successor)).toEqual({ n: 1 });
  });

  it('carries commits under way along when it stays with one principal', () => {
    const call = increment(cluster.node('c'), key);
    cluster.ask('a', rotate(cluster.node('a'), key, successor, { acrossLogin: false }));
    expect(cluster.ask('c', call).kind).toBe('committed');
    expect(seenAt(cluster, 'b', successor)).toEqual({ n: 1 });
  });
});

it('tells the end of a session with many former ids to every node once', () => {
  const ids = [key, ...Array.from({ length: 6 }, (_, index) => keyOf(`id ${index}`))];
  for (const [index, id] of ids.slice(1).entries()) {
    cluster.ask('a', rotate(cluster.node('a'), ids[index] as string, id, { acrossLogin: false }));
  }
  let told = 0;
  cluster.lose(({ message }) => {
    if (message.kind === 'bury') told++;
    return false;
  });
  expect(cluster.ask('a', destroy(key)).kind).toBe('done');
  cluster.run(1000);
  expect(told).toBe(2);
  for (const id of ids) expect(seenEverywhere(id)).toEqual(['destroyed', 'destroyed', 'destroyed']);
});
