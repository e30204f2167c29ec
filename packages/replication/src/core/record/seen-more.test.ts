import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { given, increment, open, rotate } from '../../../test/wire/session-calls.js';
import type { CallOutcome } from '../calls/calls.js';
import type { Stamp } from './lineage-past.js';
import type { OwnedRecord } from './record.js';
import { hasSeenMore, leftOf } from './seen-more.js';
import type { Version } from './version.js';

const stamp = (epoch: number, seq: number): Stamp => ({ epoch, seq, owner: 'a~1' });

describe('what is left for a client that has seen', () => {
  const contains = [stamp(2, 9), stamp(4, 3), stamp(4, 5)];
  const record = { epoch: 6, seq: 1, content: { past: { contains } } } as unknown as OwnedRecord;

  it.each<[string, Version, Version | undefined]>([
    ['as much of a former lineage as was taken over', { epoch: 4, seq: 5 }, undefined],
    ['less of it', { epoch: 2, seq: 3 }, undefined],
    ['more of it', { epoch: 4, seq: 6 }, { epoch: 4, seq: 5 }],
    ['more of an earlier one', { epoch: 2, seq: 10 }, { epoch: 2, seq: 9 }],
    ['a lineage that was never in it', { epoch: 3, seq: 1 }, { epoch: 2, seq: 9 }],
    ['the last but one, that was never in it', { epoch: 5, seq: 0 }, { epoch: 4, seq: 5 }],
    ['a lineage of before all that is remembered', { epoch: 1, seq: 99 }, undefined],
    ['the lineage that is served', { epoch: 6, seq: 1 }, undefined],
  ])('%s', (_name, seen, left) => {
    expect(leftOf(seen, record)).toEqual(left);
  });

  it('the first lineage there is', () => {
    const first = { epoch: 1, seq: 4, content: {} } as unknown as OwnedRecord;
    expect(leftOf({ epoch: 1, seq: 2 }, first)).toBeUndefined();
    expect(hasSeenMore({ epoch: 1, seq: 5 }, first)).toBe(true);
  });
});

describe('a session whose last changes died with everyone who had them', () => {
  const key = keyOf('session');
  const seen = { epoch: 1, seq: 2 };
  let cluster: ScriptedCluster;

  beforeEach(() => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    given(cluster, 'a', key, { n: 0 });
    cluster.ask('a', increment(cluster.node('a'), key));
    cluster.lose(({ message }) => message.kind === 'replicate');
    cluster.ask('a', increment(cluster.node('a'), key, { durability: 'async' }));
    cluster.crash('a');
  });

  const openAt = (id: string, from: Version | undefined): CallOutcome =>
    cluster.ask(id, from ? { kind: 'open', key, seen: from } : open(key));

  it('says so to every client that has seen them, wherever it asks', () => {
    const lost = { epoch: 1, seq: 1 };
    expect(openAt('b', seen)).toMatchObject({ kind: 'record', lost });
    expect(openAt('b', seen)).toMatchObject({ kind: 'record', lost });
    expect(openAt('c', seen)).toMatchObject({ kind: 'record', lost });
    const told = ['b', 'c'].flatMap((id) => cluster.node(id).notice('lost-revisions'));
    expect(told).toHaveLength(3);
  });

  it('says so under the id that it was given since (stumble, seed 132)', () => {
    const [first, second] = [keyOf('renewed'), keyOf('at login')];
    expect(openAt('b', seen)).toHaveProperty('lost');
    cluster.ask('b', rotate(cluster.node('b'), key, first, { acrossLogin: false }));
    expect(openAt('c', seen)).toMatchObject({ lost: { epoch: 1, seq: 1 }, view: { key: first } });
    cluster.ask('b', rotate(cluster.node('b'), first, second));
    const result = cluster.ask('c', { kind: 'open', key: second, seen });
    expect(result).toMatchObject({ lost: { epoch: 1, seq: 1 }, view: { key: second } });
  });

  it('says nothing to the others', () => {
    expect(openAt('b', seen)).toHaveProperty('lost');
    for (const before of [undefined, { epoch: 1, seq: 1 }]) {
      const result = openAt('c', before);
      expect(result.kind).toBe('record');
      expect(result).not.toHaveProperty('lost');
    }
  });
});
