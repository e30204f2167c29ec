import { beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import {
  commit,
  given,
  increment,
  nextId,
  rotate,
  seenAt,
} from '../../../test/wire/session-calls.js';
import { LIMITS } from '../limits.js';
import type { JournalRecord } from '../record/journal.js';
import type { Operation } from '../values/operations.js';

const key = keyOf('session');
const LONG_MS = 8000;

let cluster: ScriptedCluster;
let away: string;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0, list: [] });
  away = cluster.holders(key)[0] as string;
});

/** Nothing passes between the backup and the others; by default until both sides serve. */
function split(ms = LONG_MS): () => void {
  const name = (incarnation: string) => incarnation.split('~')[0];
  const mend = cluster.lose(
    ({ from, to }: Envelope) => (name(from) === away) !== (name(to) === away),
  );
  cluster.run(ms);
  return mend;
}

function change(id: string, ...operations: Operation[]): void {
  const result = cluster.ask(id, commit(cluster.node(id), key, operations));
  expect(result.kind).toBe('committed');
}

function set(name: string, value: string): Operation {
  return { kind: 'set', path: ['data', name], value };
}

function seenEverywhere(): unknown[] {
  return ['a', 'b', 'c'].map((id) => seenAt(cluster, id, key));
}

function everywhere(seen: unknown): unknown[] {
  return [seen, seen, seen];
}

function superseded() {
  return [...cluster.nodes.values()].flatMap((node) => node.notice('superseded'));
}

describe('two sides that meet again', () => {
  it('have the additions of both to a list', () => {
    const mend = split();
    for (const id of [away, 'a']) {
      const items = [`of ${id}`];
      change(id, { kind: 'splice', path: ['data', 'list'], index: 0, deleteCount: 0, items });
    }
    mend();
    cluster.run(LONG_MS);
    const seen = seenAt(cluster, 'a', key) as { list: string[] };
    expect(seen.list.toSorted()).toEqual(['of a', `of ${away}`].toSorted());
    expect(seenEverywhere()).toEqual(everywhere(seen));
  });

  it.each(['a', 'the backup'])('have the later of two values, and say so: %s', (later) => {
    const [first, last] = later === 'a' ? [away, 'a'] : ['a', away];
    const mend = split();
    change(first, set('x', 'first'));
    cluster.run(100);
    change(last, set('x', 'last'));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(everywhere({ n: 0, list: [], x: 'last' }));
    const [report] = superseded();
    expect(report).toMatchObject({ key, path: ['data', 'x'] });
    expect(report?.at).toBeLessThan(report?.by as number);
  });

  it('count a commit once that was made on both, because its answer was lost', () => {
    const id = nextId(cluster.node('c'));
    const mend = split();
    cluster.ask(away, increment(cluster.node(away), key, { id }));
    cluster.ask('a', increment(cluster.node('a'), key, { id }));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(everywhere({ n: 1, list: [] }));
  });

  it('go by the first of two outcomes of one idempotency key', () => {
    const journal = (outcome: string): JournalRecord => ({
      key: 'k',
      fingerprint: 'f',
      outcome: new TextEncoder().encode(outcome),
    });
    const mend = split();
    cluster.ask('a', increment(cluster.node('a'), key, { journal: journal('first') }));
    cluster.run(100);
    cluster.ask(away, increment(cluster.node(away), key, { journal: journal('second') }));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(everywhere({ n: 1, list: [] }));
    const again = increment(cluster.node('b'), key, { journal: journal('third') });
    const answer = cluster.ask('b', again);
    expect(answer).toEqual({ kind: 'replayed', entry: journal('first') });
    expect(superseded()).not.toHaveLength(0);
  });

  it('report what was changed under an id that the other side has rotated away', () => {
    const to = keyOf('successor');
    const mend = split();
    change('a', set('x', 'lost'));
    cluster.ask(away, rotate(cluster.node(away), key, to));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(everywhere('destroyed'));
    expect(seenAt(cluster, 'a', to)).toEqual({ n: 0, list: [] });
    expect(superseded()).toContainEqual(expect.objectContaining({ key, path: ['data', 'x'] }));
  });

  it('report it, too, when the record had just been given to that side (sides, seed 4010)', () => {
    cluster.run(LONG_MS);
    const grants = cluster.hold(({ message }) => message.kind === 'grant');
    for (let asked = 0; asked < 20 && grants.envelopes.length === 0; asked++) {
      cluster.call(away, { kind: 'open', key });
      cluster.settle();
    }
    expect(grants.envelopes).not.toHaveLength(0);
    const mend = split();
    change('a', set('x', 'lost'));
    cluster.ask(away, rotate(cluster.node(away), key, keyOf('successor')));
    mend();
    cluster.run(LONG_MS);
    expect(seenEverywhere()).toEqual(everywhere('destroyed'));
    expect(superseded()).toContainEqual(expect.objectContaining({ key, path: ['data', 'x'] }));
  });

  it('keep the changes of both when more were made than are kept one by one', () => {
    const mend = split();
    for (let count = 0; count <= LIMITS.changeLog; count++) change('a', set(`k${count % 3}`, 'a'));
    change(away, set('y', 'away'));
    mend();
    cluster.run(LONG_MS);
    const all = { n: 0, list: [], k0: 'a', k1: 'a', k2: 'a', y: 'away' };
    expect(seenEverywhere()).toEqual(everywhere(all));
  });

  it('add up what a second partition brings, and nothing twice', () => {
    for (let round = 0; round < 2; round++) {
      const mend = split();
      for (const id of [away, 'a']) cluster.ask(id, increment(cluster.node(id), key));
      mend();
      cluster.run(LONG_MS);
      expect(seenEverywhere()).toEqual(everywhere({ n: 2 * (round + 1), list: [] }));
      // The next split must leave a copy on both sides.
      away = cluster.owners(key)[0] === 'a' ? (cluster.holders(key)[0] as string) : away;
    }
  });
});

describe('an owner that is left with one other node', () => {
  /** Found by the simulation: profile partition, seed 13. */
  it('reports its change that neither lost holder had, when they have rotated the id away', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c', 'd'], { backups: 2 });
    given(cluster, 'a', key, { n: 0, list: [] });
    const side = cluster.holders(key);
    const isAway = (incarnation: string) => side.includes(incarnation.split('~')[0] as string);
    const mend = cluster.lose(({ from, to }: Envelope) => isAway(from) !== isAway(to));
    // Answered by the copy that is made meanwhile; afterwards nothing is changed, and nobody is free.
    change('a', set('x', 'lost'));
    cluster.run(LONG_MS);
    const to = keyOf('successor');
    cluster.ask(side[0] as string, rotate(cluster.node(side[0] as string), key, to));
    mend();
    cluster.run(LONG_MS);
    expect(seenAt(cluster, 'a', key)).toBe('destroyed');
    expect(superseded()).toContainEqual(expect.objectContaining({ key, path: ['data', 'x'] }));
  });
});

describe('a session that is handed over on one side', () => {
  beforeEach(() => {
    cluster = new ScriptedCluster(['a', 'b', 'c', 'd'], { backups: 2 });
    given(cluster, 'a', key, { n: 0, list: [] });
    away = cluster.holders(key)[0] as string;
  });

  /** Whoever made the change gives the record to the only other holder, and goes. */
  function handOver(): void {
    cluster.step(cluster.node('a'), { kind: 'drain', nowMs: cluster.nowMs });
    cluster.runUntil(() => !cluster.owners(key).includes('a'), 'another owner');
    cluster.crash('a');
    cluster.run(LONG_MS);
  }

  /** Found by the simulation: profile sides, seed 115. */
  it('reports what only this side had, when the other has rotated the id away', () => {
    const mend = split(100);
    change('a', set('x', 'lost'));
    handOver();
    const to = keyOf('successor');
    cluster.ask(away, rotate(cluster.node(away), key, to));
    mend();
    cluster.run(LONG_MS);
    expect(seenAt(cluster, away, key)).toBe('destroyed');
    expect(superseded()).toContainEqual(expect.objectContaining({ key, path: ['data', 'x'] }));
  });

  it.each([100, LONG_MS])('has what both sides changed, cut off for %s ms', (ms) => {
    const mend = split(ms);
    change('a', set('x', 'here'));
    handOver();
    change(cluster.owners(key).find((id) => id !== away) as string, set('z', 'after'));
    change(away, set('y', 'there'));
    mend();
    cluster.run(LONG_MS);
    const all = { n: 0, list: [], x: 'here', y: 'there', z: 'after' };
    expect(['b', 'c', 'd'].map((id) => seenAt(cluster, id, key))).toEqual(everywhere(all));
  });

  it('has what was changed after it only', () => {
    const mend = split(LONG_MS);
    handOver();
    change(away, set('y', 'there'));
    cluster.run(100);
    change(cluster.owners(key).find((id) => id !== away) as string, set('z', 'after'));
    mend();
    cluster.run(LONG_MS);
    const all = { n: 0, list: [], y: 'there', z: 'after' };
    expect(['b', 'c', 'd'].map((id) => seenAt(cluster, id, key))).toEqual(everywhere(all));
  });
});

describe('a record that was never on two sides', () => {
  it('keeps no changes while its copies are well', () => {
    for (let count = 0; count < 10; count++) cluster.ask('a', increment(cluster.node('a'), key));
    const record = cluster.node('a').core.records.get(key);
    expect(record).toMatchObject({ role: 'owner', unshared: [], content: { past: undefined } });
  });
});

describe('a holder that is told to drop its copy', () => {
  const owned = () => {
    const record = cluster.node('a').core.records.get(key);
    if (record?.role !== 'owner') throw new Error('expected an owner');
    return record;
  };
  /** Another holder, one more than are wanted, with the next change. */
  const addHolder = () => {
    const other = ['b', 'c'].find((id) => id !== away) as string;
    const { incarnation } = cluster.node(other);
    cluster.poke('a', () => cluster.node('a').core.owner.placeAt(owned(), incarnation));
    cluster.ask('a', increment(cluster.node('a'), key));
  };
  const named = (incarnation: string) => incarnation.split('~')[0];

  it('and does not hear may go on from it, so what it lacks is kept (partition, seed 624)', () => {
    cluster.lose(({ to, message }) => named(to) === away && message.kind !== 'heartbeat');
    const before = owned().seq;
    const ticket = cluster.call('a', increment(cluster.node('a'), key));
    cluster.runUntil(() => ticket.result !== undefined, 'another holder has it');
    cluster.runUntil(() => owned().content.past?.log !== undefined, 'its link is given up');
    expect(cluster.node('a').core.membership.isLive(cluster.node(away).incarnation)).toBe(true);
    const { log } = owned().content.past ?? {};
    expect(log?.floor).toMatchObject({ seq: before });
    expect(log?.changes.map(({ seq }) => seq)).toEqual([before + 1]);
  });

  it('counts as a side that lacks what was changed since, when the word got lost', () => {
    cluster.lose(({ message }) => saysDrop(message));
    addHolder();
    cluster.runUntil(() => owned().leaving !== undefined, 'one of both is told');
    const before = owned().seq;
    cluster.ask('a', increment(cluster.node('a'), key));
    expect(owned().content.past).toBe(undefined);
    cluster.runUntil(() => owned().leaving === undefined, 'its link is given up');
    const { log } = owned().content.past ?? {};
    expect(log?.floor.seq).toBeLessThanOrEqual(before);
    expect(log?.changes.at(-1)).toMatchObject({ seq: before + 1 });
  });

  it('costs nothing once it has confirmed', () => {
    addHolder();
    cluster.runUntil(() => cluster.holders(key).length === 1, 'it has dropped it');
    cluster.ask('a', increment(cluster.node('a'), key));
    cluster.run(LONG_MS);
    const { leaving } = cluster.node('a').core.owner.keeper.surplus;
    expect(leaving.size).toBe(0);
    expect(owned()).toMatchObject({
      unshared: [],
      leaving: undefined,
      content: { past: undefined },
    });
  });
});

function saysDrop(message: Envelope['message']): boolean {
  return message.kind === 'replicate' && message.entries.some(({ kind }) => kind === 'drop');
}

describe('a clock far ahead', () => {
  it('is reported once and not followed', () => {
    const { core } = cluster.node('b');
    const { nowMs } = cluster;
    const wallMs = nowMs + LIMITS.clockAheadMs + 60_000;
    cluster.step(cluster.node('b'), { kind: 'tick', nowMs, wallMs });
    cluster.run(1000);
    expect(cluster.node('a').notice('clock-ahead')).toMatchObject([{ incarnation: core.self }]);
    const { clock } = cluster.node('a').core;
    expect(clock.aheadMs(clock.read(cluster.nowMs), cluster.nowMs)).toBe(0);
  });
});
