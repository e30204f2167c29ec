import { describe, expect, it } from 'vitest';
import type { OwnerCall } from '../core/calls/calls.js';
import { copyOf } from '../core/copies/copies.js';
import { ScriptedCluster } from './scripted-cluster.js';

const KEY = 'key'.padEnd(43, 'A');
const HOUR_MS = 3_600_000;

function create(key = KEY): OwnerCall {
  return {
    kind: 'create',
    key,
    id: { origin: 'n1~1', counter: 1, watermark: 1 },
    data: { list: [] },
    system: {},
    idleTimeoutMs: HOUR_MS,
    absoluteTimeoutMs: HOUR_MS,
    durability: 'backup',
  };
}

function login(to: string): OwnerCall {
  return {
    kind: 'rotate',
    key: KEY,
    id: { origin: 'n1~1', counter: 2, watermark: 2 },
    to: to.padEnd(43, 'A'),
    base: { epoch: 1, seq: 0 },
    operations: [],
    acrossLogin: true,
    durability: 'backup',
  };
}

function commit(counter: number, journalKey?: string): OwnerCall {
  const outcome = new Uint8Array([counter]);
  return {
    kind: 'commit',
    key: KEY,
    id: { origin: 'n1~1', counter, watermark: counter },
    base: { epoch: 1, seq: 0 },
    operations: [{ kind: 'set', path: ['data', 'counter'], value: counter }],
    exact: false,
    durability: 'backup',
    journal: journalKey ? { key: journalKey, fingerprint: journalKey, outcome } : undefined,
  };
}

describe('what seeds have found', () => {
  it('one claim, not two, when two clients have seen more than the owner (kill, seed 5)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'replicated');
    const committed = cluster.call('n1', commit(2));
    const open = cluster.call('n1', { kind: 'open', key: KEY, seen: { epoch: 3, seq: 0 } });
    cluster.settle();
    cluster.release();
    cluster.settle();
    expect(cluster.result(open)).toMatchObject({ kind: 'record', view: { version: { epoch: 4 } } });
    expect(cluster.result(committed)?.kind).toBe('committed');
  });

  it('a rotation whose owner dies before its backup has it never happened (kill, seed 38)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'replicate');
    cluster.call('n1', login('successor'));
    cluster.settle();
    cluster.kill('n1');
    cluster.advance(4000);
    const open = cluster.call('n2', { kind: 'open', key: KEY });
    cluster.settle();
    expect(cluster.result(open)).toMatchObject({ kind: 'record', view: { key: KEY } });
  });

  it('what was made between an obituary and the rebirth gets its copies (pause, seed 3)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.pause('n1');
    cluster.advance(4000);
    const made = cluster.call('n1', create());
    cluster.resume('n1');
    cluster.settle();
    cluster.advance(3000);
    expect(cluster.result(made)).toMatchObject({ kind: 'committed', copies: 1 });
    const holders = [...cluster.cores.values()].filter((core) => core.records.has(KEY));
    expect(holders).toHaveLength(2);
    const owner = holders.find((core) => core.records.get(KEY)?.role === 'owner');
    const record = owner?.records.get(KEY);
    const acked = record?.role === 'owner' && [...record.backups.values()];
    expect(acked).toEqual([{ ackedSeq: record?.seq }]);
  });

  it('who finds its record led by another follows, and claims no more (pause, seed 4)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3', 'n4']);
    cluster.call('n4', create());
    cluster.settle();
    cluster.pause('n4');
    cluster.advance(6000);
    const open = cluster.call('n4', { kind: 'open', key: KEY });
    cluster.resume('n4');
    cluster.advance(1000);
    expect(cluster.result(open)?.kind).toBe('record');
    let claims = 0;
    cluster.hold((message) => {
      if (message.kind === 'claim') claims++;
      return false;
    });
    const again = cluster.call('n4', { kind: 'open', key: KEY });
    cluster.advance(3000);
    expect(cluster.result(again)?.kind).toBe('record');
    expect(claims).toBe(0);
  });

  it('a loss is told, also by a node that takes the record over for it (everything, seed 10)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.kill('n1');
    cluster.advance(100);
    // Two clients come back at once; the second has seen more than the claim of the first reaches.
    const first = cluster.call('n2', { kind: 'open', key: KEY, seen: { epoch: 1, seq: 0 } });
    const second = cluster.call('n2', { kind: 'open', key: KEY, seen: { epoch: 5, seq: 3 } });
    cluster.advance(4500);
    expect(cluster.result(first)).toMatchObject({ kind: 'record', view: { key: KEY } });
    expect(cluster.result(first)).not.toHaveProperty('lost');
    const result = cluster.result(second);
    expect(result).toMatchObject({ kind: 'record', lost: { seq: 0 } });
    expect(result?.kind === 'record' && result.view.version.epoch).toBeGreaterThan(5);
  });

  it('a refused claim leaves no promise that fences the owner (pause, seed 11)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3', 'n4']);
    cluster.call('n1', create());
    cluster.settle();
    const claim = { kind: 'claim', request: 99, key: KEY, epoch: 5 } as const;
    const backup = ['n2', 'n3', 'n4'].find((id) => cluster.core(id).records.has(KEY)) as string;
    const from = backup === 'n4' ? 'n3~1' : 'n4~1';
    for (const id of [backup, 'n1']) {
      cluster.step(id, { kind: 'message', nowMs: cluster.nowMs, from, message: claim });
    }
    cluster.settle();
    const committed = cluster.call('n1', commit(2));
    cluster.settle();
    expect(cluster.result(committed)).toMatchObject({ kind: 'committed', copies: 1 });
    expect(cluster.core('n1').records.get(KEY)?.role).toBe('owner');
    expect(cluster.notices.filter(({ notice }) => notice.kind === 'fenced')).toEqual([]);
  });

  it('a change that was numbered is never called not done (bus, seed 28)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    let linkEpoch = 0;
    cluster.hold((message) => {
      if (message.kind === 'replicate') linkEpoch = message.linkEpoch;
      return message.kind === 'replicate' || message.kind === 'located';
    });
    const committed = cluster.call('n1', commit(2));
    cluster.settle();
    const backup = ['n2', 'n3'].find((id) => cluster.core(id).records.has(KEY)) as string;
    // Deposed in favour of a claimer that has given up: the call goes from node to node.
    cluster.step('n1', {
      kind: 'message',
      nowMs: cluster.nowMs,
      from: `${backup}~1`,
      message: {
        kind: 'replicated',
        linkEpoch,
        linkSeq: 0,
        refusals: [{ kind: 'fenced', key: KEY, by: { epoch: 2, owner: `${backup}~1` } }],
      },
    });
    cluster.settle();
    expect(cluster.core('n1').records.get(KEY)?.role).toBe('backup');
    cluster.advance(5100);
    expect(cluster.result(committed)).toEqual({ kind: 'fate-unknown' });
  });

  it('an outcome is told again only when another node has it as well', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'replicate');
    cluster.call('n1', commit(2, 'order'));
    const again = cluster.call('n1', commit(3, 'order'));
    const reserved = cluster.call('n1', {
      kind: 'reserve',
      key: KEY,
      id: { origin: 'n1~1', counter: 4, watermark: 2 },
      journalKey: 'order',
      fingerprint: 'order',
    });
    cluster.settle();
    expect([cluster.result(again), cluster.result(reserved)]).toEqual([undefined, undefined]);
    cluster.release();
    cluster.settle();
    expect(cluster.result(again)?.kind).toBe('replayed');
    expect(cluster.result(reserved)?.kind).toBe('replayed');
  });

  it('a claim is over when its session turns out to be buried', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    const backup = ['n2', 'n3'].find((id) => cluster.core(id).records.has(KEY)) as string;
    const other = backup === 'n2' ? 'n3' : 'n2';
    cluster.hold((message, _from, to) => message.kind === 'claimed' && to === `${backup}~1`);
    cluster.kill('n1');
    cluster.advance(3500);
    expect(cluster.core(backup).claims.isClaiming(KEY)).toBe(true);
    // The other node had promised before it heard of the end.
    const buried = [{ key: KEY, version: { epoch: 1, seq: 1 }, remainingMs: HOUR_MS }];
    const message = { kind: 'bury', request: 99, buried } as const;
    cluster.step(backup, { kind: 'message', nowMs: cluster.nowMs, from: `${other}~1`, message });
    cluster.release();
    cluster.settle();
    expect(cluster.core(backup).claims.isClaiming(KEY)).toBe(false);
    expect(cluster.core(backup).records.has(KEY)).toBe(false);
  });

  it('a claim is over when a copy of a higher lineage arrives (everything, seed 17)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    const backup = ['n2', 'n3'].find((id) => cluster.core(id).records.has(KEY)) as string;
    const other = backup === 'n2' ? 'n3' : 'n2';
    // The backup claims, and hears neither of the two others; one of them leads by then.
    cluster.hold((message, _from, to) => message.kind === 'claimed' && to === `${backup}~1`);
    cluster.kill('n1');
    cluster.advance(3500);
    const held = cluster.core(backup).records.get(KEY);
    if (held?.role !== 'backup') throw new Error('the backup should still hold its copy');
    const found = copyOf(held, cluster.nowMs);
    const copy = { ...found, epoch: 9, owner: `${other}~1`, backups: [`${backup}~1`] };
    cluster.step(backup, {
      kind: 'message',
      nowMs: cluster.nowMs,
      from: `${other}~1`,
      message: {
        kind: 'replicate',
        linkEpoch: 1,
        linkSeq: 1,
        entries: [
          {
            kind: 'snapshot',
            key: KEY,
            copy: { ...copy, idleRemainingMs: HOUR_MS, absoluteRemainingMs: HOUR_MS },
          },
        ],
      },
    });
    cluster.release();
    cluster.settle();
    expect(cluster.core(backup).claims.isClaiming(KEY)).toBe(false);
    expect(cluster.core(backup).records.get(KEY)).toMatchObject({ role: 'backup', epoch: 9 });
  });

  it('a repeated login is not answered before the old id is dead everywhere (swizzle, seed 3)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'bury');
    const first = cluster.call('n1', login('successor'));
    const second = cluster.call('n2', login('successor'));
    // Long enough for both to run again, by their ids; anti-entropy would need longer.
    cluster.advance(1500);
    expect([cluster.result(first), cluster.result(second)]).toEqual([undefined, undefined]);
    cluster.release();
    cluster.advance(1000);
    for (const call of [first, second]) {
      expect(cluster.result(call)).toMatchObject({ kind: 'committed', copies: 1 });
    }
  });

  it('an owner that was declared dead tells the others of its rotation (swizzle, seed 3)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    // Nobody has the successor when the others take the session over under its old id.
    cluster.hold((message, from) => {
      return message.kind === 'ends' || (message.kind === 'replicate' && from === 'n1~1');
    });
    cluster.call('n1', login('successor'));
    cluster.pause('n1');
    cluster.advance(3500);
    expect(
      cluster.core('n2').records.get(KEY) ?? cluster.core('n3').records.get(KEY),
    ).toBeDefined();
    cluster.resume('n1');
    cluster.advance(2000);
    for (const core of cluster.cores.values()) {
      expect(core.tombstone(KEY)?.reason).toBe('rotated');
      expect(core.records.has(KEY)).toBe(false);
    }
  });

  it('a rotation nobody heard of before its owner was buried takes no later change with it (pause, seed 6057)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message, from) => message.kind === 'replicate' && from === 'n1~1');
    const rotated = cluster.call('n1', login('successor'));
    cluster.pause('n1');
    cluster.advance(3500);
    const committed = cluster.call('n2', commit(3));
    cluster.settle();
    expect(cluster.result(committed)).toMatchObject({ kind: 'committed', copies: 1 });
    cluster.resume('n1');
    cluster.release();
    cluster.advance(2000);
    expect(cluster.result(rotated)).toMatchObject({
      kind: 'committed',
      view: { key: 'successor'.padEnd(43, 'A'), document: { data: { counter: 3 } } },
    });
    for (const core of cluster.cores.values()) expect(core.records.has(KEY)).toBe(false);
    expect(cluster.notices.filter(({ notice }) => notice.kind === 'superseded')).toEqual([]);
  });

  it('who promised more to a claimer says so, and is not fenced by it later (partition, seed 34)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    const backup = ['n2', 'n3'].find((id) => cluster.core(id).records.has(KEY)) as string;
    const from = backup === 'n2' ? 'n3~1' : 'n2~1';
    const answers: unknown[] = [];
    cluster.hold((message) => {
      if (message.kind === 'claimed') answers.push(message.answer);
      return message.kind === 'claimed';
    });
    for (const [request, epoch] of [[98, 5] as const, [99, 4] as const]) {
      const claim = { kind: 'claim', request, key: KEY, epoch } as const;
      cluster.step(backup, { kind: 'message', nowMs: cluster.nowMs, from, message: claim });
    }
    cluster.settle();
    expect(answers).toMatchObject([
      { kind: 'promised' },
      { kind: 'refused', by: { epoch: 5, owner: from }, owner: false },
    ]);
  });

  it('an owner goes past what it was promised for a claim it gave up (partition, seed 34)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    const backup = ['n2', 'n3'].find((id) => cluster.core(id).records.has(KEY)) as string;
    const message = { kind: 'claim', request: 99, key: KEY, epoch: 5 } as const;
    cluster.step(backup, { kind: 'message', nowMs: cluster.nowMs, from: 'n1~1', message });
    const committed = cluster.call('n1', commit(2));
    cluster.settle();
    expect(cluster.result(committed)).toMatchObject({ kind: 'committed', copies: 1 });
    expect(cluster.core('n1').records.get(KEY)).toMatchObject({ role: 'owner', epoch: 6 });
  });

  it('who ends a session alone tells it to whoever appears (everything, seed 45)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.pause('n2');
    cluster.advance(8000);
    expect([...cluster.core('n1').membership.live()]).toEqual([]);
    const ended = cluster.call('n1', { kind: 'destroy', key: KEY, reason: 'logout' });
    cluster.settle();
    expect(cluster.result(ended)).toEqual({ kind: 'done' });
    // Nothing is compared before it dies.
    cluster.hold((message) => message.kind === 'ends');
    cluster.resume('n2');
    cluster.advance(100);
    cluster.kill('n1');
    cluster.advance(8000);
    expect(cluster.core('n2').tombstone(KEY)?.reason).toBe('logout');
    const open = cluster.call('n2', { kind: 'open', key: KEY });
    cluster.settle();
    expect(cluster.result(open)?.kind).toBe('destroyed');
  });

  it('a change that was refused while it waited is not made after all (everything, seed 40)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.advance(100);
    // The owner is back on the bus, asks who leads its record, and gets no answer in time.
    for (const connected of [false, true]) {
      cluster.step('n1', { kind: 'bus', nowMs: cluster.nowMs, connected });
    }
    cluster.hold((message) => message.kind === 'located');
    const committed = cluster.call('n1', commit(2));
    cluster.advance(5100);
    expect(cluster.result(committed)?.kind).toBe('refused');
    cluster.release();
    cluster.advance(1000);
    const open = cluster.call('n1', { kind: 'open', key: KEY });
    cluster.settle();
    const result = cluster.result(open);
    expect(result?.kind === 'record' && result.view.document.data).toEqual({ list: [] });
  });

  it('a change that a login took with it is answered with it (stumble, seed 24)', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'replicated');
    const committed = ['n1', 'n2'].map((id, index) => cluster.call(id, commit(3 + index)));
    cluster.settle();
    const rotated = cluster.call('n1', login('successor'));
    cluster.settle();
    expect(committed.map((call) => cluster.result(call))).toEqual([undefined, undefined]);
    cluster.release();
    cluster.settle();
    for (const call of [...committed, rotated]) {
      expect(cluster.result(call)).toMatchObject({ kind: 'committed', copies: 1 });
    }
    const late = cluster.call('n1', commit(9));
    cluster.settle();
    expect(cluster.result(late)?.kind).toBe('destroyed');
  });

  it('a change that a login took with it and then lost is not called undone', () => {
    const cluster = new ScriptedCluster(['n1', 'n2', 'n3']);
    cluster.call('n1', create());
    cluster.settle();
    cluster.hold((message) => message.kind === 'replicated' || message.kind === 'result');
    const committed = cluster.call('n2', commit(3));
    cluster.settle();
    cluster.call('n1', login('successor'));
    cluster.advance(400);
    cluster.kill('n1');
    cluster.release();
    cluster.advance(5000);
    expect(cluster.result(committed)?.kind).not.toBe('destroyed');
  });
});
