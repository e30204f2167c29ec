import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import {
  commit,
  create,
  dataOf,
  destroy,
  increment,
  open,
  rotate,
} from '../../../test/wire/session-calls.js';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import type { CoreSettings } from '../context.js';
import type { CoreEffect, CoreEvent } from '../events.js';
import type { EncodedCopy } from '../messages.js';
import { NodeCore } from '../node-core.js';
import type { OwnedRecord, SessionRecord } from '../record/record.js';
import { TIMINGS } from '../timings.js';
import { ROW_BYTES } from './held-rows.js';
import type { ColdCopies } from './memory-cap.js';
import { ENTRY_BYTES, ownedBytesOf } from './owned-bytes.js';

const SECOND = 1000;
const text = 'x'.repeat(1000);

/** Has what the test says, in every version up to a sequence number. */
class Store implements ColdCopies {
  readonly seqs = new Map<string, number>();
  readonly requested = new Set<string>();
  isStored(key: string, { seq }: { seq: number }): boolean {
    return this.seqs.get(key) === seq;
  }
  request({ key }: OwnedRecord): void {
    this.requested.add(key);
  }
}

let cluster: ScriptedCluster;
let store: Store;

function start(settings: Partial<CoreSettings>, ids = ['a', 'b']): void {
  cluster = new ScriptedCluster(ids, settings);
}

function make(id: string, name: string): string {
  const key = keyOf(name);
  cluster.ask(id, create(cluster.node(id), key, { n: 0, text }));
  return key;
}

const core = (id: string) => cluster.node(id).core;
const evicted = (id: string) => cluster.node(id).notice('evicted');
const roles = (id: string, keys: readonly string[]) =>
  keys.map((key) => core(id).records.get(key)?.role ?? 'none');
const storeAll = (keys: readonly string[]) => {
  for (const key of keys) store.seqs.set(key, 0);
};

beforeEach(() => {
  store = new Store();
});

describe('the memory of a node', () => {
  function bytesOf(record: SessionRecord): number {
    if (record.role === 'owner') return ownedBytesOf(record);
    return record.encodedBytes + ROW_BYTES + ENTRY_BYTES;
  }

  function expectCounted(ids: readonly string[]): void {
    for (const id of ids) {
      const records = [...core(id).records.values()];
      // What was encoded since is in the sum with the next change.
      for (const record of records) if (record.role === 'owner') core(id).recordChanged(record);
      const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
      expect(core(id).memoryBytes).toBe(bytes);
      expect(bytes).toBeGreaterThan(0);
    }
  }

  it('is counted to the byte through every change of role and size', () => {
    start({ maxMemoryBytes: 2 ** 30 }, ['a', 'b', 'c']);
    const keys = ['k1', 'k2', 'k3', 'k4'].map((name) => make('a', name)) as [string, ...string[]];
    for (let count = 0; count < 60; count++) {
      for (const key of keys.slice(0, 3)) cluster.ask('b', increment(cluster.node('b'), key));
    }
    cluster.ask('a', rotate(cluster.node('a'), keys[0], keyOf('successor')));
    cluster.ask('c', destroy(keys[3] as string));
    expectCounted(['a', 'b', 'c']);
    cluster.crash('a');
    cluster.run(8 * SECOND);
    expect(core('b').ownedCount + core('c').ownedCount).toBe(3);
    for (const key of keys.slice(1, 3)) cluster.ask('c', increment(cluster.node('c'), key));
    expectCounted(['b', 'c']);
  });

  it('does not seem to grow when a session changes often and stays as large as it was', () => {
    start({ maxMemoryBytes: 2 ** 30, backups: 0 }, ['a']);
    const key = make('a', 'busy');
    const before = core('a').memoryBytes;
    for (let count = 0; count < 300; count++) {
      const set = { kind: 'set' as const, path: ['data', 'note'], value: `${count}`.repeat(20) };
      cluster.ask('a', commit(cluster.node('a'), key, [set]));
    }
    expect(core('a').memoryBytes).toBeLessThan(5 * before);
  });
});

describe('a node without room', () => {
  it('refuses new sessions by the name of the option, and serves those it has', () => {
    start({ maxMemoryBytes: 50_000, backups: 0 }, ['a']);
    const keys: string[] = [];
    while (!core('a').memory.isFull) keys.push(make('a', `s${keys.length}`));
    const refused = cluster.ask('a', create(cluster.node('a'), keyOf('one more'), {}));
    expect(refused).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('memory.maxBytes'),
    });
    expect(cluster.node('a').notice('limit')).toEqual([{ kind: 'limit', limit: 'memory-full' }]);
    const [first] = keys as [string];
    expect(cluster.ask('a', increment(cluster.node('a'), first)).kind).toBe('committed');
    cluster.run(60 * SECOND);
    expect(evicted('a')).toEqual([]);
    expect(core('a').ownedCount).toBe(keys.length);
    cluster.ask('a', destroy(first));
    const taken = cluster.ask('a', create(cluster.node('a'), keyOf('one more'), {}));
    expect(taken.kind).toBe('committed');
  });

  it('takes copies all the same: a session of another node is not to lose its backup', () => {
    start({}, ['a']);
    cluster.add('b', { maxMemoryBytes: 2000 });
    cluster.run(2 * SECOND);
    const keys = [1, 2, 3, 4, 5].map((name) => make('a', `s${name}`));
    expect(roles('b', keys)).toEqual(keys.map(() => 'backup'));
    cluster.run(60 * SECOND);
    expect(roles('b', keys)).toEqual(keys.map(() => 'backup'));
  });
});

describe('a node short of memory with a store behind it', () => {
  let copies: string[];
  let owned: string[];
  beforeEach(() => {
    start({}, ['a']);
    cluster.add('b', { maxMemoryBytes: 120_000, cold: store });
    cluster.run(2 * SECOND);
    copies = Array.from({ length: 30 }, (_, id) => make('a', `copy${id}`));
    owned = Array.from({ length: 18 }, (_, id) => make('b', `own${id}`));
    expect(roles('b', [...copies, ...owned])).toEqual([
      ...copies.map(() => 'backup'),
      ...owned.map(() => 'owner'),
    ]);
  });

  it('drops nothing that is stored nowhere, and asks for it to be stored', () => {
    cluster.run(60 * SECOND);
    expect(evicted('b')).toEqual([]);
    expect(store.requested.size).toBeGreaterThan(0);
  });

  it('drops nothing whose newest version is not stored', () => {
    storeAll([...copies, ...owned]);
    for (const key of [...copies, ...owned]) cluster.ask('a', increment(cluster.node('a'), key));
    const before = evicted('b').length;
    cluster.run(60 * SECOND);
    expect(evicted('b')).toHaveLength(before);
  });

  it('keeps copies: their owners count on them, and would send them again', () => {
    storeAll(copies);
    cluster.run(60 * SECOND);
    expect(evicted('b')).toEqual([]);
    expect(roles('b', copies)).toEqual(copies.map(() => 'backup'));
  });

  it('drops what it leads only when it is cold, with the copies of it', () => {
    storeAll(owned);
    const [hot] = owned as [string];
    for (let second = 0; second < 60; second++) {
      cluster.run(SECOND);
      cluster.ask('b', open(hot));
    }
    const gone = evicted('b').map(({ key }) => key);
    expect(gone.length).toBeGreaterThan(0);
    expect(gone).not.toContain(hot);
    expect(core('b').memoryBytes).toBeLessThanOrEqual(0.9 * 120_000);
    expect(roles('a', gone)).toEqual(gone.map(() => 'none'));
    expect(roles('b', gone)).toEqual(gone.map(() => 'none'));
    expect(dataOf(cluster.ask('a', open(hot)))).toMatchObject({ n: 0 });
  });

  it('does not drop a copy that is about to be taken over', () => {
    cluster.crash('a');
    cluster.runUntil(() => !core('b').membership.isLive('a~1'), 'the death');
    expect(core('b').memoryBytes).toBeGreaterThan(0.9 * 120_000);
    storeAll(copies);
    cluster.run(SECOND);
    expect(evicted('b')).toEqual([]);
    expect(roles('b', copies)).toEqual(copies.map(() => 'owner'));
  });
});

describe('a node short of memory with a tier', () => {
  it('reads back what left memory when it is asked for', () => {
    const tier = new Map<string, EncodedCopy>();
    const effects: CoreEffect[] = [];
    const core = new NodeCore(
      {
        id: 'a',
        label: 'a',
        weight: 1,
        backups: 0,
        onIsolation: 'serve',
        timings: TIMINGS.local,
        maxMemoryBytes: 55_000,
        tier: { mode: 'write-behind', flushMs: 200, waitMs: 1000 },
      },
      msgpackRecordCodec,
      'a~1',
      0,
    );
    let nowMs = 0;
    const step = (event: CoreEvent): void => {
      for (const effect of core.step(event)) {
        effects.push(effect);
        if (effect.kind === 'tier-write') {
          const { key, copy } = effect;
          tier.set(key, copy);
          const version = { epoch: copy.epoch, seq: copy.seq };
          step({ kind: 'tier-written', nowMs, key, version, outcome: { kind: 'stored' } });
        } else if (effect.kind === 'tier-read') {
          const copy = tier.get(effect.key);
          const found = copy ? ({ kind: 'copy', copy } as const) : ({ kind: 'none' } as const);
          step({ kind: 'tier-found', nowMs, key: effect.key, found });
        }
      }
    };
    const run = (ms: number) => {
      for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
        nowMs += 20;
        step({ kind: 'tick', nowMs });
      }
    };
    const node = { incarnation: 'a~1', commits: 0, commitTickets: new Map() } as never;
    run(SECOND);
    const keys = Array.from({ length: 12 }, (_, id) => keyOf(`s${id}`));
    for (const [id, key] of keys.entries()) {
      const call = create(node, key, { n: id, text });
      step({ kind: 'call', id, call, hints: [], deadlineMs: nowMs + 5000, nowMs });
    }
    expect(core.ownedCount).toBe(12);
    run(60 * SECOND);
    const gone = keys.filter((key) => !core.records.has(key));
    expect(gone.length).toBeGreaterThan(0);
    expect(core.memoryBytes).toBeLessThanOrEqual(0.9 * 55_000);
    const [first] = gone as [string];
    const deadlineMs = nowMs + 5000;
    step({ kind: 'call', id: 100, call: open(first), hints: [], deadlineMs, nowMs });
    run(2 * SECOND);
    const answer = effects.find((effect) => effect.kind === 'settle' && effect.id === 100);
    expect(answer).toMatchObject({ result: { kind: 'record', view: { key: first } } });
    expect(core.records.get(first)?.role).toBe('owner');
  });
});
