import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { dataOf, given, increment, open, seenAt } from '../../../test/wire/session-calls.js';
import type { LinkEntry } from '../messages.js';
import { TIMINGS } from '../timings.js';

const key = keyOf('session');
const MINUTE = 60_000;

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

/** The one of b and c that has the copy, and the one that has none. */
function backupAndOther(): [string, string] {
  const [backup] = cluster.holders(key) as [string];
  return [backup, backup === 'b' ? 'c' : 'b'];
}

describe('three nodes, one of which owns a session', () => {
  it('have one backup and commit from anywhere', () => {
    expect(cluster.owners(key)).toEqual(['a']);
    expect(cluster.holders(key)).toHaveLength(1);
    for (const id of ['a', 'b', 'c']) cluster.ask(id, increment(cluster.node(id), key));
    for (const id of ['a', 'b', 'c']) expect(seenAt(cluster, id, key)).toEqual({ n: 3 });
  });

  it.each(['backup', 'other'])('find an owner when it crashed, asked by the %s', (who) => {
    const [backup, other] = backupAndOther();
    cluster.crash('a');
    expect(seenAt(cluster, who === 'backup' ? backup : other, key)).toEqual({ n: 0 });
    expect(cluster.owners(key)).toHaveLength(1);
  });

  it('have two copies again after a crash, without a request', () => {
    cluster.crash('a');
    cluster.runUntil(() => cluster.owners(key).length === 1 && cluster.holders(key).length === 1);
  });

  it('never follow a claim of the epoch that a copy has, whoever claims (stumble, seed 49)', () => {
    const [backup, other] = backupAndOther();
    cluster.crash('a');
    const { core } = cluster.node(backup);
    cluster.runUntil(() => !core.membership.isLive('a~1'), 'the verdict');
    const { incarnation: from } = cluster.node(other);
    const ask = (epoch: number) => {
      const message = { kind: 'claim', request: 99, key, epoch, gone: ['a~1'] } as const;
      const effects = core.step({ kind: 'message', nowMs: cluster.nowMs, from, message });
      return effects.flatMap((effect) =>
        effect.kind === 'send' && effect.message.kind === 'claimed' ? [effect.message.answer] : [],
      );
    };
    // By its name the claimer would be the higher of the two.
    expect(ask(1)).toEqual([{ kind: 'refused', by: { epoch: 1, owner: 'a~1' }, owner: false }]);
    expect(ask(9)).toMatchObject([{ kind: 'promised', holds: true }]);
  });

  it('refuse a former owner also when the new one has let their copy go (everything, seed 187)', () => {
    const [backup, other] = backupAndOther();
    const former = cluster.node('a').core.records.get(key);
    if (former?.role !== 'owner') throw new Error('expected an owner');
    const copy = cluster.node('a').core.owner.keeper.copyOf(former);
    const { core } = cluster.node(other);
    const to = cluster.node(other).incarnation;
    const from = cluster.node(backup).incarnation;
    // It never heard of the claim, and has the new lineage from its copy alone.
    const led = { ...copy, epoch: 3, owner: from, backups: [to] };
    const receive = (sender: string, entry: LinkEntry, linkSeq: number) => {
      const entries = [entry];
      const message = { kind: 'replicate', linkEpoch: 99, linkSeq, entries } as const;
      const effects = core.step({ kind: 'message', nowMs: cluster.nowMs, from: sender, message });
      return effects.flatMap((effect) =>
        effect.kind === 'send' && effect.message.kind === 'replicated'
          ? effect.message.refusals
          : [],
      );
    };
    expect(receive(from, { kind: 'snapshot', key, copy: led }, 1)).toEqual([]);
    expect(receive(from, { kind: 'drop', key, epoch: 3 }, 2)).toEqual([]);
    expect(core.records.get(key)).toBeUndefined();
    expect(receive('a~1', { kind: 'snapshot', key, copy }, 1)).toMatchObject([
      { kind: 'fenced', by: { epoch: 3, owner: from } },
    ]);
  });

  it('refuse a delta of the former owner, however late it comes', () => {
    const late = cluster.hold(
      ({ from, message }) => from === 'a~1' && message.kind === 'replicate',
    );
    const lost = cluster.call('a', increment(cluster.node('a'), key));
    cluster.run(20);
    cluster.crash('a');
    const [backup] = backupAndOther();
    cluster.ask(backup, increment(cluster.node(backup), key));
    expect(late.envelopes).not.toHaveLength(0);
    late.release();
    cluster.run(200);
    for (const id of ['b', 'c']) expect(seenAt(cluster, id, key)).toEqual({ n: 1 });
    expect(lost.result).toBeUndefined();
  });

  it('adopt the newest copy, though a former backup has an older one', () => {
    const [backup, other] = backupAndOther();
    const slow = cluster.lose(
      ({ to, message }) => to === `${backup}~1` && message.kind !== 'probe',
    );
    cluster.ask('a', increment(cluster.node('a'), key));
    expect(cluster.node(other).core.records.get(key)).toBeDefined();
    slow();
    cluster.crash('a');
    expect(seenAt(cluster, backup, key)).toEqual({ n: 1 });
  });

  it('do not call a session unknown while one of them has not answered', () => {
    const [backup, other] = backupAndOther();
    cluster.crash('a');
    cluster.pause(backup);
    const ticket = cluster.call(other, open(key), 60_000);
    cluster.run(TIMINGS.local.suspectAfterMs + 500);
    expect(ticket.result).toBeUndefined();
    cluster.resume(backup);
    cluster.runUntil(() => ticket.result !== undefined);
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
  });

  it('call a session unknown when all have answered', () => {
    expect(cluster.ask('b', open(keyOf('nobody'))).kind).toBe('unknown');
  });
});

describe('two nodes that claim a session at the same time', () => {
  it('leave exactly one owner and answer everyone, in whatever order messages arrive', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (order) => {
        cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2 });
        given(cluster, 'a', key, { n: 0 });
        cluster.crash('a');
        cluster.runUntil(() => !cluster.node('b').core.membership.isLive('a~1'), 'the verdict');
        const tickets = ['b', 'c'].map((id) =>
          cluster.call(id, increment(cluster.node(id), key), 60_000),
        );
        for (let steps = 0; steps < 60; steps++) {
          const count = cluster.waiting.length;
          if (count === 0 && !cluster.flush()) break;
          // In order from one node to another, as the bus delivers.
          if (count > 0) cluster.deliver(firstOfItsLane((order.next().value as number) % count));
        }
        cluster.runUntil(() => tickets.every((ticket) => ticket.result), 'both answers');
        cluster.run(2000);
        expect(tickets.map((ticket) => ticket.result?.kind)).toEqual(['committed', 'committed']);
        expect(cluster.owners(key)).toHaveLength(1);
        expect(seenAt(cluster, 'b', key)).toEqual({ n: 2 });
      }),
      { numRuns: 150 },
    );
  });

  function firstOfItsLane(index: number): number {
    const { from, to } = cluster.waiting[index] as { from: string; to: string };
    return cluster.waiting.findIndex((other) => other.from === from && other.to === to);
  }
});

describe('an owner that comes back under a new name while everyone is asked', () => {
  it('is asked for its copy by a claim that waits for another node (stumble, seed 7078)', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2 });
    given(cluster, 'a', key, { n: 0 });
    const lost = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'replicate');
    cluster.ask('a', increment(cluster.node('a'), key));
    cluster.pause('a');
    lost();
    // The claim of c waits for b, and b for nobody any more.
    cluster.hold(({ to, message }) => message.kind === 'claim' && !to.startsWith('a'));
    cluster.run(4000);
    cluster.crash('b');
    const ticket = cluster.call('c', open(key), 30_000);
    cluster.run(40);
    cluster.resume('a');
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(cluster.node('a').rebirths).toBe(1);
    expect(dataOf(ticket.result)).toEqual({ n: 1 });
  });

  it('is asked for the session by a call that nobody else can bring anywhere', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c', 'd']);
    const session = ['one', 'two', 'three', 'four', 'five', 'six'].map(keyOf).find((each) => {
      given(cluster, 'a', each, { n: 0 });
      return cluster.holders(each).includes('b');
    }) as string;
    cluster.pause('a');
    cluster.crash('b');
    cluster.run(4000);
    const answers = cluster.hold(
      ({ from, message }) => from === 'd~1' && message.kind === 'located',
    );
    const ticket = cluster.call('c', open(session), 30_000);
    cluster.run(40);
    expect(answers.envelopes).not.toHaveLength(0);
    cluster.resume('a');
    cluster.run(100);
    answers.release();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
  });
});

describe('a claim while the owner lives', () => {
  it('loses no acknowledged commit, and the session stays usable everywhere', () => {
    const [backup] = backupAndOther();
    // The claimer alone thinks that the owner is gone; the others promise.
    const { core } = cluster.node(backup);
    cluster.poke(backup, () => core.claims.start(key, 0, () => {}));
    expect(cluster.waiting.some(({ message }) => message.kind === 'claim')).toBe(true);
    for (const id of ['a', 'b', 'c']) {
      const result = cluster.ask(id, increment(cluster.node(id), key));
      expect(result.kind).toBe('committed');
    }
    cluster.run(1000);
    expect(cluster.owners(key)).toHaveLength(1);
    for (const id of ['a', 'b', 'c']) expect(seenAt(cluster, id, key)).toEqual({ n: 3 });
  });

  it('is refused by a node that still hears the owner', () => {
    const [backup, other] = backupAndOther();
    const mend = cluster.lose(({ from, to }) => [from, to].sort().join() === `a~1,${backup}~1`);
    cluster.runUntil(() => !cluster.node(backup).core.membership.isLive('a~1'), 'the verdict');
    const cutOff = cluster.call(backup, increment(cluster.node(backup), key), 60_000);
    cluster.ask('a', increment(cluster.node('a'), key));
    cluster.ask(other, increment(cluster.node(other), key));
    cluster.run(2000);
    expect(cluster.owners(key)).toEqual(['a']);
    expect(cutOff.result).toBeUndefined();
    mend();
    cluster.runUntil(() => cutOff.result !== undefined, 'the answer of the one that was cut off');
    expect(dataOf(cutOff.result)).toEqual({ n: 3 });
    cluster.run(3000);
    expect(cluster.owners(key)).toHaveLength(1);
    expect(seenAt(cluster, other, key)).toEqual({ n: 3 });
  });
});

describe('two nodes that took each other for dead', () => {
  it('come back as new incarnations, once each, and agree on one owner', () => {
    cluster = new ScriptedCluster(['a', 'b']);
    given(cluster, 'a', key, { n: 0 });
    const mend = cluster.lose(() => true);
    cluster.run(TIMINGS.local.deadAloneAfterMs + 1000);
    cluster.ask('b', increment(cluster.node('b'), key));
    mend();
    cluster.run(3000);
    expect([cluster.node('a').rebirths, cluster.node('b').rebirths]).toEqual([1, 1]);
    expect(cluster.owners(key)).toHaveLength(1);
    for (const id of ['a', 'b']) expect(seenAt(cluster, id, key)).toEqual({ n: 1 });
  });
});

describe('the deadline of a session', () => {
  it('is what its last use gave it, after any number of takeovers', () => {
    cluster.run(25 * MINUTE);
    crashOwner();
    cluster.ask(someone(), open(key));
    cluster.ask(someone(), { kind: 'touch', key });
    cluster.run(2 * MINUTE);
    cluster.add('d');
    cluster.run(1000);
    crashOwner();
    cluster.run(14 * MINUTE);
    expect(cluster.ask(someone(), open(key)).kind).toBe('record');
  });

  it('is never further away than a use now would put it', () => {
    const { core } = cluster.node('a');
    for (let claims = 0; claims < 5; claims++) {
      cluster.poke('a', () => core.claims.start(key, 0, () => {}));
      cluster.settle();
    }
    const result = cluster.ask('a', open(key));
    if (result.kind !== 'record') throw new Error(result.kind);
    expect(result.view.version.epoch).toBeGreaterThan(5);
    expect(result.view.idleRemainingMs).toBeLessThanOrEqual(30 * MINUTE);
  });

  function crashOwner(): void {
    const [owner] = cluster.owners(key) as [string];
    cluster.crash(owner);
    cluster.run(5000);
  }
  function someone(): string {
    return [...cluster.nodes.values()].find((node) => !node.crashed)?.id as string;
  }
});

describe('a copy that cannot be read', () => {
  it('harms nobody but its own session', () => {
    const [backup] = backupAndOther();
    const sound = keyOf('sound');
    given(cluster, 'a', sound, { n: 7 });
    const record = cluster.node(backup).core.records.get(key);
    if (record?.role !== 'backup') throw new Error('expected the copy');
    record.replaceBase(new Uint8Array([0xc1]));
    cluster.crash('a');
    cluster.run(8000);
    expect(cluster.ask(backup, open(key)).kind).toBe('unknown');
    expect(seenAt(cluster, backup, sound)).toEqual({ n: 7 });
    expect(cluster.node(backup).notice('unreadable')).not.toHaveLength(0);
  });
});

describe('a node that has been told by the balancer that the owner is gone', () => {
  const owner = () => cluster.node('a').incarnation;
  const nobodyListens = (id: string) =>
    cluster.step(cluster.node(id), {
      kind: 'unreachable',
      nowMs: cluster.nowMs,
      incarnation: owner(),
    });
  const seesItGone = (id: string) => {
    cluster.step(cluster.node(id), { kind: 'witness', nowMs: cluster.nowMs, label: 'a' });
    nobodyListens(id);
  };
  /** Which of the others has promised to follow a claimer, if any. */
  const promisedBy = (id: string) => cluster.node(id).core.promises.get(key)?.owner;

  beforeEach(() => cluster.run(TIMINGS.local.suspectAfterMs));

  it('takes over as soon as the bus says so, though the others learn it later', () => {
    const [backup, other] = backupAndOther();
    cluster.crash('a');
    const crashedMs = cluster.nowMs;
    seesItGone(backup);
    const ticket = cluster.call(backup, open(key));
    cluster.settle();
    expect(ticket.result).toBeUndefined();
    nobodyListens(other);
    cluster.settle();
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
    expect(cluster.nowMs).toBe(crashedMs);
  });

  it('has the others look for it at once, and again only when that is long ago', () => {
    const [backup, other] = backupAndOther();
    const probes = cluster.hold(({ to, message }) => to === owner() && message.kind === 'probe');
    const byOther = () =>
      probes.envelopes.filter(({ from }) => from === cluster.node(other).incarnation).length;
    cluster.crash('a');
    const witness = () => {
      cluster.step(cluster.node(backup), { kind: 'witness', nowMs: cluster.nowMs, label: 'a' });
      cluster.settle();
    };
    for (let requests = 0; requests < 10; requests++) witness();
    expect(byOther()).toBe(1);
    const told = cluster.hold(({ message }) => message.kind === 'witness');
    witness();
    expect(told.envelopes).toEqual([]);
    cluster.nowMs += TIMINGS.local.heartbeatMs;
    witness();
    expect(told.envelopes).not.toEqual([]);
  });

  it('looks for it once more between two ticks, and does nothing else then', () => {
    const [backup] = backupAndOther();
    cluster.crash('a');
    const { core } = cluster.node(backup);
    core.step({ kind: 'witness', nowMs: cluster.nowMs, label: 'a' });
    const effects = core.step({
      kind: 'watch',
      nowMs: cluster.nowMs + TIMINGS.local.probeSpacingMs,
    });
    expect(effects).toEqual([{ kind: 'send', to: owner(), message: { kind: 'probe' } }]);
  });

  it.each(['answers', 'stands still'])('waits in vain when the owner only %s elsewhere', (how) => {
    const [backup, other] = backupAndOther();
    const [mine, its] = [cluster.node(backup).incarnation, owner()];
    cluster.lose(({ from, to }) => (from === mine && to === its) || (from === its && to === mine));
    if (how === 'stands still') cluster.pause('a');
    seesItGone(backup);
    const ticket = cluster.call(backup, open(key));
    cluster.run(TIMINGS.local.suspectAfterMs / 2);
    expect(ticket.result).toBeUndefined();
    expect([promisedBy(other), cluster.owners(key)]).toEqual([undefined, ['a']]);
    expect(cluster.node(backup).core.membership.isLive(its)).toBe(false);
  });
});
