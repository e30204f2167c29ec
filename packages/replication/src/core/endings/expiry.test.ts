import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { commit, create, rotate, seenAt } from '../../../test/wire/session-calls.js';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import type { OwnerCall } from '../calls/calls.js';
import { PROMISE_MS } from '../claims/promises.js';
import type { CoreEffect } from '../events.js';
import { LIMITS } from '../limits.js';
import { LooseRecord } from '../memory/held-record.js';
import { NodeCore } from '../node-core.js';
import type { OwnedRecord, SessionRecord } from '../record/record.js';
import { RecordTable } from '../record/record-table.js';
import { TIMINGS } from '../timings.js';
import { Expiry } from './expiry.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const IDLE_MS = 10 * SECOND;
const TENTH_MS = IDLE_MS / 10;
/** The slot of a deadline, and the ticks and messages until it is known everywhere. */
const LATE_MS = 1500;

const key = keyOf('session');
let cluster: ScriptedCluster;

const touch = (): OwnerCall => ({ kind: 'touch', key });
const reasons = () =>
  [...cluster.nodes.values()].flatMap((node) => node.notice('ended').map(({ reason }) => reason));
const isBuried = (id: string) => cluster.node(id).core.tombstone(key) !== undefined;

describe('a session that nobody uses', () => {
  beforeEach(() => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    const call = create(cluster.node('a'), key, { n: 0 });
    cluster.ask('a', { ...call, idleTimeoutMs: IDLE_MS } as OwnerCall);
  });

  it('lives through its idle time, and then ends everywhere, once', () => {
    cluster.run(IDLE_MS - LATE_MS);
    expect(reasons()).toEqual([]);
    expect(cluster.owners(key)).toEqual(['a']);
    cluster.run(2 * LATE_MS);
    expect(reasons()).toEqual(['idle']);
    expect(['a', 'b', 'c'].map(isBuried)).toEqual([true, true, true]);
    expect([cluster.owners(key), cluster.holders(key)]).toEqual([[], []]);
  });

  it('lives an idle time from the last touch, although touches move nothing in the wheel', () => {
    for (let second = 0; second < 25; second++) {
      cluster.run(SECOND);
      cluster.ask('a', touch());
    }
    expect(reasons()).toEqual([]);
    cluster.run(IDLE_MS - LATE_MS);
    expect(reasons()).toEqual([]);
    cluster.run(2 * LATE_MS);
    expect(reasons()).toEqual(['idle']);
  });

  it('ends sooner when a commit made its idle time shorter', () => {
    const shorter = { idleTimeoutMs: 3 * SECOND };
    cluster.ask('a', commit(cluster.node('a'), key, [], shorter));
    cluster.run(3 * SECOND + LATE_MS);
    expect(reasons()).toEqual(['idle']);
  });

  it('ends under its new id', () => {
    const successor = keyOf('successor');
    cluster.ask('a', rotate(cluster.node('a'), key, successor));
    cluster.run(IDLE_MS - LATE_MS);
    expect(cluster.owners(successor)).toEqual(['a']);
    cluster.run(2 * LATE_MS);
    expect(cluster.owners(successor)).toEqual([]);
    expect(reasons()).toEqual(['rotated', 'idle']);
  });

  it('ends at the node that it was handed to', () => {
    cluster.poke('a', () =>
      cluster.step(cluster.node('a'), { kind: 'drain', nowMs: cluster.nowMs }),
    );
    cluster.runUntil(() => cluster.owners(key).length === 1 && cluster.owners(key)[0] !== 'a');
    cluster.run(IDLE_MS + TENTH_MS + LATE_MS);
    expect(reasons()).toEqual(['idle']);
  });

  it('is not ended by a copy that did not hear of the touches', () => {
    cluster.lose(
      ({ message }) =>
        message.kind === 'replicate' && message.entries.some(({ kind }) => kind === 'touch'),
    );
    const [backup] = cluster.holders(key) as [string];
    for (let second = 0; second < 15; second++) {
      cluster.run(SECOND);
      cluster.ask('a', touch());
    }
    const copy = cluster.node(backup).core.records.get(key);
    expect(copy?.idleDeadlineMs).toBeLessThan(cluster.nowMs);
    expect(reasons()).toEqual([]);
    expect(seenAt(cluster, backup, key)).toEqual({ n: 0 });
  });

  it('is ended neither by a node without the bus nor forgotten by it', () => {
    for (const id of ['a', 'b', 'c']) cluster.disconnect(id);
    cluster.run(IDLE_MS + LATE_MS);
    expect(reasons()).toEqual([]);
    for (const id of ['a', 'b', 'c']) cluster.connect(id);
    cluster.run(2 * LATE_MS);
    expect(reasons()).toEqual(['idle']);
    expect(['a', 'b', 'c'].map(isBuried)).toEqual([true, true, true]);
  });
});

describe('a session whose owner died', () => {
  beforeEach(() => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    const call = create(cluster.node('a'), key, { n: 0 });
    cluster.ask('a', { ...call, idleTimeoutMs: IDLE_MS } as OwnerCall);
  });

  it('does not end sooner than an idle time after a touch that was not worth a message', () => {
    cluster.run(TENTH_MS - 100);
    cluster.ask('a', touch());
    const touchedMs = cluster.nowMs;
    cluster.crash('a');
    cluster.run(IDLE_MS - 100);
    expect(cluster.nowMs).toBeGreaterThan(touchedMs + IDLE_MS - 200);
    expect(reasons()).toEqual([]);
    expect(cluster.owners(key)).toHaveLength(1);
  });

  it('ends at its new owner, a tenth of the idle time later at most', () => {
    const createdMs = cluster.nowMs;
    cluster.run(IDLE_MS - 5 * SECOND);
    cluster.crash('a');
    cluster.run(IDLE_MS + TENTH_MS + LATE_MS - (cluster.nowMs - createdMs));
    expect(reasons()).toEqual(['idle']);
    expect(['b', 'c'].map(isBuried)).toEqual([true, true]);
  });

  it('ends at the third owner, too, and lives as long as it is used there', () => {
    cluster.crash('a');
    cluster.runUntil(() => cluster.owners(key).length === 1 && cluster.holders(key).length === 1);
    cluster.crash(cluster.owners(key)[0] as string);
    cluster.runUntil(() => cluster.owners(key).length === 1);
    const [last] = cluster.owners(key) as [string];
    for (let second = 0; second < 12; second++) {
      cluster.run(SECOND);
      cluster.ask(last, touch());
    }
    expect(reasons()).toEqual([]);
    cluster.run(IDLE_MS + LATE_MS);
    expect(reasons()).toEqual(['idle']);
  });
});

describe('touches', () => {
  it('travel only when they move the deadline by a tenth of the idle time', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c']);
    const call = create(cluster.node('a'), key, { n: 0 });
    cluster.ask('a', { ...call, idleTimeoutMs: IDLE_MS } as OwnerCall);
    let touches = 0;
    cluster.lose(({ message }) => {
      if (message.kind !== 'replicate') return false;
      touches += message.entries.filter(({ kind }) => kind === 'touch').length;
      return false;
    });
    const startMs = cluster.nowMs;
    const asked = 100;
    for (let count = 0; count < asked; count++) {
      cluster.run(100);
      cluster.ask('a', touch());
      const [backup] = cluster.holders(key) as [string];
      const copy = cluster.node(backup).core.records.get(key) as SessionRecord;
      const record = cluster.node('a').core.records.get(key) as SessionRecord;
      expect(record.idleDeadlineMs).toBe(cluster.nowMs + IDLE_MS);
      // A tenth, and what a message is on its way.
      expect(record.idleDeadlineMs - copy.idleDeadlineMs).toBeLessThan(TENTH_MS + 300);
    }
    const tenths = (cluster.nowMs - startMs) / TENTH_MS;
    expect(touches).toBeGreaterThan(tenths / 2);
    expect(touches).toBeLessThanOrEqual(tenths);
  });
});

describe('a node alone', () => {
  const settings = {
    id: 'a',
    label: 'a',
    weight: 1,
    backups: 0,
    onIsolation: 'serve' as const,
    timings: TIMINGS.local,
  };
  let core: NodeCore;
  beforeEach(() => {
    core = new NodeCore(settings, msgpackRecordCodec, 'a~1', 0);
  });
  const tick = (nowMs: number) => core.step({ kind: 'tick', nowMs });
  const ended = (effects: CoreEffect[]) =>
    effects.filter((effect) => effect.kind === 'notice' && effect.notice.kind === 'ended').length;

  it('ends a bounded part of many sessions per tick, and all of them', () => {
    const count = 2 * LIMITS.expiryChecksPerTick + 10;
    for (let id = 1; id <= count; id++) {
      const node = { incarnation: 'a~1', commits: id, commitTickets: new Map() };
      const made = create(node as never, keyOf(`s${id}`));
      const call = { ...made, idleTimeoutMs: SECOND } as OwnerCall;
      core.step({ kind: 'call', id, call, hints: [], deadlineMs: 5000, nowMs: 0 });
    }
    expect(core.ownedCount).toBe(count);
    // Not more than a pause later: then it would be asked around whether they may end.
    tick(SECOND - 500);
    const perTick = [1, 2, 3, 4].map((tickMs) => ended(tick(SECOND + tickMs)));
    expect(perTick).toEqual([LIMITS.expiryChecksPerTick, LIMITS.expiryChecksPerTick, 10, 0]);
    expect(core.ownedCount).toBe(0);
  });

  it('forgets a tombstone when its time is over, and not when it was made longer meanwhile', () => {
    const buried = { version: { epoch: 1, seq: 1 }, remainingMs: 15 * MINUTE };
    core.bury({ key: 'short', ...buried });
    core.bury({ key: 'long', ...buried });
    core.bury({ key: 'long', ...buried, remainingMs: 3 * 60 * MINUTE });
    const kept = () => ['short', 'long'].filter((name) => core.tombstone(name) !== undefined);
    tick(15 * MINUTE);
    expect(kept()).toEqual(['short', 'long']);
    tick(15 * MINUTE + SECOND);
    expect(kept()).toEqual(['long']);
    for (let minute = 16; minute < 180; minute++) tick(minute * MINUTE);
    expect(kept()).toEqual(['long']);
    tick(180 * MINUTE + SECOND);
    expect(core.tombstoneCount).toBe(0);
  });
});

describe('the entry of a record', () => {
  const copy = (absoluteDeadlineMs: number) =>
    new LooseRecord({
      key: 'k',
      epoch: 1,
      seq: 0,
      owner: 'b~1',
      backups: ['a~1'],
      base: new Uint8Array(10),
      tail: [],
      idleDeadlineMs: 5 * SECOND,
      absoluteDeadlineMs,
    });
  const owned = (idleDeadlineMs: number) =>
    ({ role: 'owner', key: 'k', epoch: 2, idleDeadlineMs, absoluteDeadlineMs: 1e9 }) as OwnedRecord;

  let table: RecordTable;
  let expired: number;
  let expiry: Expiry;
  beforeEach(() => {
    table = new RecordTable();
    expired = 0;
    const actions = {
      expire: () => {
        expired++;
      },
      collect: (gone: string) => table.set(gone, undefined),
      forgetTombstone: () => undefined,
    };
    expiry = new Expiry(table, actions, 0, PROMISE_MS);
  });

  function set(record: SessionRecord): void {
    table.set('k', record);
    expiry.recordSet(record);
  }

  it('is the only one, however often the copy is replaced and changes its owner', () => {
    for (let count = 0; count < 50; count++) set(copy(30 * MINUTE + count));
    expect(expiry.entries).toBe(1);
    set(owned(20 * MINUTE));
    const sooner = 2;
    expect(expiry.entries).toBe(sooner);
    for (let count = 0; count < 50; count++) {
      set(copy(30 * MINUTE));
      set(owned(20 * MINUTE + count));
    }
    expect(expiry.entries).toBe(sooner);
    expiry.tick(20 * MINUTE + SECOND, true);
    expect(expired).toBe(1);
  });

  it('removes a copy that no owner ended, ten minutes after its last moment', () => {
    set(copy(MINUTE));
    expiry.tick(MINUTE + PROMISE_MS - 1, true);
    expect(table.size).toBe(1);
    expiry.tick(MINUTE + PROMISE_MS + SECOND, true);
    expect(table.size).toBe(0);
    expect(expiry.entries).toBe(0);
  });

  it('comes again each second while the end has to wait, and is gone with the record', () => {
    set(owned(SECOND));
    for (let second = 1; second <= 5; second++) expiry.tick(second * SECOND, true);
    expect(expired).toBe(5);
    expiry.tick(100 * SECOND, true);
    expect(expired).toBe(6);
    table.set('k', undefined);
    expiry.tick(101 * SECOND, true);
    expect([expired, expiry.entries]).toEqual([6, 0]);
  });

  it('of a former record with the same key ends nothing', () => {
    set(owned(2 * SECOND));
    table.set('k', undefined);
    set(owned(4 * SECOND));
    expiry.tick(3 * SECOND, true);
    expect(expired).toBe(0);
    expiry.tick(4 * SECOND, true);
    expect(expired).toBe(1);
  });
});
