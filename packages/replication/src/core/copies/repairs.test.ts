import { describe, expect, it } from 'vitest';
import { type Envelope, keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { create, increment } from '../../../test/wire/session-calls.js';
import type { LinkEntry } from '../messages.js';
import type { OwnedRecord } from '../record/record.js';
import { TIMINGS } from '../timings.js';

const RATE = 100 * 1024;

/** So many sessions at `a`, copied; with `b` holding about half of the copies. */
function given(
  count: number,
  settings = {},
  bytes = 1000,
): { cluster: ScriptedCluster; keys: string[] } {
  const cluster = new ScriptedCluster(['a', 'b', 'c'], {
    repair: { bytesPerSecond: RATE },
    ...settings,
  });
  const keys = Array.from({ length: count }, (_, index) => keyOf(`s${index}`));
  for (const key of keys) {
    cluster.call('a', create(cluster.node('a'), key, { text: textOf(key, bytes) }));
  }
  cluster.run(1000);
  return { cluster, keys };
}

/** Nothing that compression would make small. */
function textOf(key: string, bytes: number): string {
  const parts = Array.from({ length: Math.ceil(bytes / 43) }, (_, index) =>
    keyOf(`${key}${index}`),
  );
  return parts.join('').slice(0, bytes);
}

function snapshots(cluster: ScriptedCluster): { kind: string; key: string; atMs: number }[] {
  const seen: { kind: string; key: string; atMs: number }[] = [];
  cluster.lose(({ from, message }: Envelope) => {
    if (from !== 'a~1' || (message.kind !== 'repair' && message.kind !== 'replicate')) return false;
    const copies = message.entries.filter(({ kind }: LinkEntry) => kind === 'snapshot');
    for (const entry of copies) {
      if (entry.kind === 'snapshot') {
        seen.push({ kind: message.kind, key: entry.key, atMs: cluster.nowMs });
      }
    }
    return false;
  });
  return seen;
}

const ownedAt = (cluster: ScriptedCluster, key: string) =>
  cluster.node('a').core.records.get(key) as OwnedRecord;

describe('copies lost with a node', () => {
  it('are made up for at a bounded rate, on a link of their own', () => {
    const { cluster, keys } = given(800);
    const lost = keys.filter((key) => cluster.node('b').core.records.has(key));
    const seen = snapshots(cluster);
    cluster.crash('b');
    cluster.runUntil(() => keys.every((key) => cluster.node('c').core.records.has(key)));
    expect(seen.map(({ kind }) => kind)).toEqual(lost.map(() => 'repair'));
    expect(new Set(seen.map(({ key }) => key))).toEqual(new Set(lost));
    const [first, last] = [seen[0], seen.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
    expect(seconds).toBeGreaterThan((lost.length * 1000) / RATE - 0.3);
    expect(seconds).toBeLessThan((lost.length * 1200) / RATE + 0.3);
  });

  it('leave the moment after its death to whoever waits for what it led', () => {
    const { cluster } = given(20);
    const seen = snapshots(cluster);
    cluster.crash('b');
    cluster.runUntil(() => !cluster.node('a').core.membership.isLive('b~1'));
    const diedMs = cluster.nowMs;
    cluster.runUntil(() => seen.length > 0);
    expect(seen[0]?.atMs).toBeGreaterThanOrEqual(diedMs + TIMINGS.local.adoptAfterMs);
    expect(seen[0]?.atMs).toBeLessThan(diedMs + 2 * TIMINGS.local.adoptAfterMs);
  });

  it('come first where no other copy is left', () => {
    const { cluster, keys } = given(400, { backups: 2 });
    const [alone] = keys.slice(-1) as [string];
    const { backups } = ownedAt(cluster, alone);
    expect([...backups.keys()].toSorted()).toEqual(['b~1', 'c~1']);
    // The last one in the order of records has nothing at `c` either.
    (backups.get('c~1') as { ackedSeq: number }).ackedSeq = -1;
    cluster.add('d', { backups: 2 });
    cluster.run(600);
    const seen = snapshots(cluster);
    cluster.crash('b');
    cluster.runUntil(() => seen.length > 20);
    expect(seen[0]?.key).toBe(alone);
  });

  it('do not keep a commit waiting, which takes its record along at once', () => {
    const { cluster, keys } = given(800);
    const lost = keys.filter((key) => cluster.node('b').core.records.has(key));
    cluster.crash('b');
    cluster.runUntil(() => !cluster.node('a').core.membership.isLive('b~1'));
    const last = lost.at(-1) as string;
    expect(cluster.node('c').core.records.has(last)).toBe(false);
    const seen = snapshots(cluster);
    const ticket = cluster.call('a', increment(cluster.node('a'), last));
    cluster.settle();
    expect(ticket.result).toMatchObject({ kind: 'committed', copies: 1 });
    expect(seen.filter(({ key }) => key === last)).toMatchObject([{ kind: 'replicate' }]);
    cluster.runUntil(() => keys.every((key) => cluster.node('c').core.records.has(key)));
    expect(seen.filter(({ key }) => key === last)).toHaveLength(1);
  });

  it('do not keep a commit waiting either after a takeover', () => {
    const { cluster, keys } = given(800);
    cluster.add('d');
    cluster.run(600);
    const heldByB = keys.filter((key) => cluster.node('b').core.records.has(key));
    const last = heldByB.at(-1) as string;
    cluster.crash('a');
    cluster.runUntil(() => cluster.node('b').core.records.get(last)?.role === 'owner');
    const ticket = cluster.call('b', increment(cluster.node('b'), last));
    cluster.settle();
    expect(ticket.result).toMatchObject({ kind: 'committed', copies: 1 });
  });

  it('that a peer does not take wait, and do not stop those of others', () => {
    const { cluster, keys } = given(220, { repair: { bytesPerSecond: 1e9 } }, 90_000);
    cluster.add('d');
    cluster.run(600);
    const lost = keys.filter((key) => cluster.node('b').core.records.has(key));
    const epochs = new Set<number>();
    cluster.lose(({ to, message }) => {
      if (to === 'c~1' && message.kind === 'repair') epochs.add(message.linkEpoch);
      // `c` answers everything else.
      return message.kind === 'replicated' && to === 'a~1' && epochs.has(message.linkEpoch);
    });
    cluster.crash('b');
    cluster.runUntil(() => !cluster.node('a').core.membership.isLive('b~1'));
    cluster.run(TIMINGS.local.adoptAfterMs + 240);
    expect(epochs.size).toBe(1);
    const isAtD = (key: string) => cluster.node('d').core.records.has(key);
    const late = lost.filter((key) => !isAtD(key) && !ownedAt(cluster, key).backups.has('c~1'));
    expect(late).toEqual([]);
    expect(cluster.node('a').core.owner.keeper.repairs.waiting).toBeGreaterThan(0);
  });

  it('are looked for in a bounded part of all records per tick', () => {
    const { cluster } = given(0);
    const { core } = cluster.node('a');
    for (let n = 0; n < 9000; n++) cluster.call('a', create(cluster.node('a'), keyOf(`m${n}`)));
    cluster.run(1000);
    cluster.crash('b');
    let visited = 0;
    let most = 0;
    const values = core.records.values.bind(core.records);
    Object.assign(core.records, {
      values: function* () {
        for (const record of values()) {
          visited++;
          yield record;
        }
      },
    });
    cluster.runUntil(() => {
      most = Math.max(most, visited);
      visited = 0;
      return core.owner.keeper.repairs.waiting > 1000;
    });
    // Repairs, the survey, a listing and the walk for what expired.
    expect(most).toBeLessThanOrEqual(4 * 2000);
  });
});

it('a copy goes behind the drop that may still reach its holder (joins, seed 20)', () => {
  const cluster = new ScriptedCluster(['a', 'b']);
  for (const name of ['dropped', 'other']) {
    cluster.ask('a', create(cluster.node('a'), keyOf(name)));
  }
  const { core } = cluster.node('a');
  const to = cluster.node('b').incarnation;
  const frames: string[] = [];
  cluster.hold(({ message }) => {
    const isFrame = message.kind === 'replicate' || message.kind === 'repair';
    if (isFrame) frames.push(`${message.kind} ${message.entries.map(({ kind }) => kind)}`);
    return isFrame;
  });
  const repair = (key: string) => {
    const copy = core.owner.keeper.copyOf(core.records.get(key) as OwnedRecord);
    core.replicator.repair(to, { kind: 'snapshot', key, copy });
  };
  cluster.poke('a', () => {
    core.replicator.enqueue(to, { kind: 'drop', key: keyOf('dropped'), epoch: 1 });
    repair(keyOf('dropped'));
    repair(keyOf('other'));
  });
  cluster.flush();
  expect(frames).toEqual(['replicate drop,snapshot', 'repair snapshot']);
});

it('a change that was lost on its way goes again though somebody waits for it by then (broker, seed 11055)', () => {
  const cluster = new ScriptedCluster(['a', 'b']);
  const key = keyOf('made-alone');
  cluster.ask('a', create(cluster.node('a'), key));
  cluster.disconnect('a');
  cluster.run(100);
  cluster.ask('a', increment(cluster.node('a'), key));
  cluster.connect('a');
  const { seq } = ownedAt(cluster, key);
  let copies: number | undefined;
  cluster.poke('a', () => {
    const { keeper } = cluster.node('a').core.owner;
    keeper.awaitCopies(ownedAt(cluster, key), seq, 'backup', (held) => {
      copies = held;
    });
  });
  cluster.run(5000);
  expect([copies, cluster.node('b').core.records.get(key)?.seq]).toEqual([1, seq]);
});
