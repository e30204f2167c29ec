import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import {
  dataOf,
  destroy,
  given,
  increment,
  open,
  seenAt,
} from '../../../test/wire/session-calls.js';

const key = keyOf('session');
/** Longer than any verdict, even of a node that hears nothing at all. */
const LONG_MS = 8000;

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

function backup(): string {
  return cluster.holders(key)[0] as string;
}

function other(): string {
  return backup() === 'b' ? 'c' : 'b';
}

/** The bus goes on for everyone, but nothing passes between this node and the others. */
function cutOff(id: string): () => void {
  const name = (incarnation: string) => incarnation.split('~')[0];
  return cluster.lose(({ from, to }: Envelope) => (name(from) === id) !== (name(to) === id));
}

function seenEverywhere(): unknown[] {
  return ['a', 'b', 'c'].map((id) => seenAt(cluster, id, key));
}

describe('a partition that takes the owner away', () => {
  it('leaves the session usable on the other side, and everything of there afterwards', () => {
    const mend = cutOff('a');
    cluster.run(LONG_MS);
    cluster.ask('b', increment(cluster.node('b'), key));
    cluster.ask('c', increment(cluster.node('c'), key));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual([{ n: 2 }, { n: 2 }, { n: 2 }]);
    expect(cluster.owners(key)).toHaveLength(1);
  });

  it('does not bring back what was ended on the other side', () => {
    const mend = cutOff('a');
    cluster.run(LONG_MS);
    expect(cluster.ask('b', destroy(key)).kind).toBe('done');
    cluster.ask('a', increment(cluster.node('a'), key));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed', 'destroyed']);
  });

  it('ends on both sides what was ended on its side', () => {
    const mend = cutOff('a');
    cluster.run(LONG_MS);
    cluster.ask('b', increment(cluster.node('b'), key));
    expect(cluster.ask('a', destroy(key)).kind).toBe('done');
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(['destroyed', 'destroyed', 'destroyed']);
  });

  it('says that nobody could hold a copy of what was committed there', () => {
    cutOff('a');
    cluster.run(LONG_MS);
    expect(cluster.ask('a', increment(cluster.node('a'), key))).toMatchObject({ copies: 0 });
  });
});

describe('a partition that takes the backup away', () => {
  it('leaves the owner in place, with another backup', () => {
    const rest = other();
    cutOff(backup());
    cluster.run(LONG_MS);
    expect(cluster.ask(rest, increment(cluster.node(rest), key))).toMatchObject({ copies: 1 });
    expect(cluster.node('a').core.records.get(key)?.role).toBe('owner');
  });

  it('loses nothing that was acknowledged with a copy on the side of the owner', () => {
    const rest = other();
    const mend = cutOff(backup());
    cluster.run(LONG_MS);
    expect(cluster.ask(rest, increment(cluster.node(rest), key))).toMatchObject({ copies: 1 });
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });
});

describe('a partition in which both sides serve', () => {
  it('leaves one owner and one state afterwards', () => {
    const away = backup();
    const mend = cutOff(away);
    cluster.run(LONG_MS);
    cluster.ask(away, increment(cluster.node(away), key));
    cluster.ask('a', increment(cluster.node('a'), key));
    mend();
    cluster.run(LONG_MS);
    const [first, ...others] = seenEverywhere();
    for (const seen of others) expect(seen).toEqual(first);
    expect(cluster.owners(key)).toHaveLength(1);
  });

  it('loses no increment of either side', () => {
    const away = backup();
    const mend = cutOff(away);
    cluster.run(LONG_MS);
    cluster.ask(away, increment(cluster.node(away), key));
    cluster.ask('a', increment(cluster.node('a'), key));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual([{ n: 2 }, { n: 2 }, { n: 2 }]);
  });
});

describe('messages of before a partition that arrive long after it', () => {
  it('change nothing', () => {
    const late = cluster.hold(
      ({ from, message }) => from === 'a~1' && message.kind !== 'heartbeat',
    );
    const lost = cluster.call('a', increment(cluster.node('a'), key), 60_000);
    cluster.run(100);
    const mend = cutOff('a');
    cluster.run(LONG_MS);
    cluster.ask('b', increment(cluster.node('b'), key));
    late.release();
    cluster.settle();
    expect(seenAt(cluster, 'b', key)).toEqual({ n: 1 });
    mend();
    cluster.run(20_000);
    const [first, ...others] = seenEverywhere();
    for (const seen of others) expect(seen).toEqual(first);
    expect(dataOf(lost.result)).toBeDefined();
    expect(dataOf(cluster.ask('c', open(key)))).toEqual(first);
  });
});
