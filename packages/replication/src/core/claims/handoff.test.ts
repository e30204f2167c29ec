import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { destroy, given, increment, open, seenAt } from '../../../test/wire/session-calls.js';
import { LIMITS } from '../limits.js';
import { TIMINGS } from '../timings.js';

const key = keyOf('session');

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

function drain(id: string): void {
  cluster.step(cluster.node(id), { kind: 'drain', nowMs: cluster.nowMs });
}

function undrain(id: string): void {
  cluster.step(cluster.node(id), { kind: 'undrain', nowMs: cluster.nowMs });
}

function holder(): string {
  return cluster.holders(key)[0] as string;
}

function other(): string {
  return holder() === 'b' ? 'c' : 'b';
}

/** One owner with as many copies as asked for, and every node shows the same. */
function expectSettled(data: unknown): void {
  cluster.run(3000);
  expect(cluster.owners(key)).toHaveLength(1);
  const record = cluster.node(cluster.owners(key)[0] as string).core.records.get(key);
  const backups = record?.role === 'owner' ? [...record.backups] : [];
  expect(backups).toEqual([[expect.any(String), { ackedSeq: record?.seq }]]);
  for (const node of cluster.nodes.values()) {
    if (!node.crashed) expect(seenAt(cluster, node.id, key)).toEqual(data);
  }
}

describe('a node that drains', () => {
  it('gives its session to the backup, which finds another', () => {
    const [target, rest] = [holder(), other()];
    drain('a');
    cluster.run(1000);
    expect([cluster.owners(key), cluster.holders(key)]).toEqual([[target], [rest]]);
    expect(cluster.node('a').notice('handoff')).toEqual([{ kind: 'handoff', key, to: target }]);
  });

  it('sends commits on that come while it hands over', () => {
    const grants = cluster.hold(({ message }) => message.kind === 'grant');
    drain('a');
    cluster.run(40);
    const tickets = ['a', 'b', 'c'].map((id) => cluster.call(id, increment(cluster.node(id), key)));
    cluster.run(100);
    expect(tickets.map((ticket) => ticket.result)).toEqual([undefined, undefined, undefined]);
    grants.release();
    cluster.runUntil(() => tickets.every((ticket) => ticket.result), 'the answers');
    expect(tickets.map((ticket) => ticket.result?.kind)).toEqual(Array(3).fill('committed'));
    expectSettled({ n: 3 });
  });

  it('grants again when the grant was lost', () => {
    const mend = cluster.lose(({ message }) => message.kind === 'grant');
    drain('a');
    cluster.run(200);
    mend();
    cluster.run(1000);
    expect(cluster.owners(key)).not.toContain('a');
    expectSettled({ n: 0 });
  });

  it('grants again when the answer was lost, which changes nothing', () => {
    const mend = cluster.lose(({ message }) => message.kind === 'granted');
    const target = holder();
    drain('a');
    cluster.run(100);
    cluster.ask(target, increment(cluster.node(target), key));
    mend();
    cluster.run(1000);
    expect(cluster.owners(key)).toEqual([target]);
    expectSettled({ n: 1 });
  });

  it('does not own the session again when its grant was used and passed on meanwhile', () => {
    const deaf = cluster.lose(({ to, message }) => to === 'a~1' && message.kind !== 'heartbeat');
    const [target, rest] = [holder(), other()];
    drain('a');
    cluster.run(60);
    drain(target);
    cluster.run(60);
    expect(cluster.node(rest).core.records.get(key)?.role).toBe('owner');
    cluster.ask(rest, increment(cluster.node(rest), key));
    deaf();
    const copies = cluster.lose(({ to, message }) => to === 'a~1' && message.kind === 'replicate');
    cluster.runUntil(() => cluster.node('a').core.handoffs.size === 0, 'an answer to the grant');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 1 });
    copies();
    undrain(target);
    undrain('a');
    expectSettled({ n: 1 });
  });

  it('finishes although the target has promised the session to a claimer that gave up', () => {
    const target = holder();
    const claimer = cluster.node(other());
    cluster.step(cluster.node(target), {
      kind: 'message',
      nowMs: cluster.nowMs,
      from: claimer.incarnation,
      message: { kind: 'claim', request: 999, key, epoch: 2 },
    });
    drain('a');
    cluster.run(5000);
    expect(cluster.owners(key)).not.toContain('a');
    expectSettled({ n: 0 });
  });

  it('leaves an ended session ended when the end comes before the answer to the grant', () => {
    const answers = cluster.hold(({ message }) => message.kind === 'granted');
    const target = holder();
    drain('a');
    cluster.run(100);
    expect(cluster.ask(target, destroy(key)).kind).toBe('done');
    answers.release();
    cluster.run(1000);
    for (const id of ['a', 'b', 'c']) expect(seenAt(cluster, id, key)).toBe('destroyed');
  });

  it('gives the session to another when the target dies before the grant', () => {
    const acks = cluster.hold(({ message }) => message.kind === 'replicated');
    const target = holder();
    cluster.call('a', increment(cluster.node('a'), key));
    cluster.run(20);
    drain('a');
    cluster.run(40);
    cluster.crash(target);
    acks.drop();
    cluster.run(8000);
    expect(cluster.owners(key)).not.toContain('a');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 1 });
  });

  it('claims the session back when the target dies after the grant', () => {
    const mend = cluster.lose(({ message }) => message.kind === 'granted');
    const target = holder();
    drain('a');
    cluster.run(60);
    const ticket = cluster.call('a', increment(cluster.node('a'), key), 30_000);
    cluster.crash(target);
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    mend();
    expect(ticket.result?.kind).toBe('committed');
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 1 });
  });

  it('serves on when the target does not catch up, and gives the session to another', () => {
    const target = holder();
    cluster.lose(({ to, message }) => to === `${target}~1` && message.kind === 'replicate');
    const ticket = cluster.call('a', increment(cluster.node('a'), key, { durability: 'async' }));
    drain('a');
    expect(ticket.result).toBeDefined();
    const waiting = cluster.call('a', increment(cluster.node('a'), key), 20_000);
    cluster.runUntil(() => waiting.result !== undefined, 'the answer');
    expect(waiting.result?.kind).toBe('committed');
    cluster.runUntil(() => !cluster.owners(key).includes('a'), 'the handoff');
  });

  it('keeps the session when nobody can take it', () => {
    cluster = new ScriptedCluster(['a']);
    given(cluster, 'a', key, { n: 0 });
    drain('a');
    cluster.run(1000);
    expect(seenAt(cluster, 'a', key)).toEqual({ n: 0 });
  });

  it('moves more sessions than fit into one window of a link', () => {
    const keys = Array.from({ length: 1500 }, (_, index) => keyOf(`s${index}`));
    for (const session of keys) cluster.call('a', { ...createOf(session) });
    cluster.run(500);
    drain('a');
    cluster.runUntil(() => cluster.node('a').core.records.size === 0, 'the end of the drain');
    const owned = ['b', 'c'].map((id) => cluster.node(id).core.ownedCount);
    expect(owned.reduce((sum, count) => sum + count, 0)).toBe(keys.length + 1);
  });

  function createOf(session: string) {
    return {
      kind: 'create',
      key: session,
      id: { origin: 'a~1', counter: 1, watermark: 1 },
      data: {},
      system: {},
      idleTimeoutMs: 60_000,
      absoluteTimeoutMs: 600_000,
      durability: 'backup',
    } as const;
  }
});

describe('a grant that comes late', () => {
  it('is not served by a target that was paused while another took over', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2 });
    given(cluster, 'a', key, { n: 0 });
    const grants = cluster.hold(({ message }) => message.kind === 'grant');
    drain('a');
    cluster.run(40);
    const target = grants.envelopes[0]?.to.slice(0, 1) as string;
    const rest = target === 'b' ? 'c' : 'b';
    cluster.pause(target);
    cluster.crash('a');
    cluster.run(TIMINGS.local.deadAloneAfterMs + 2000);
    cluster.ask(rest, increment(cluster.node(rest), key));
    cluster.resume(target);
    grants.release();
    cluster.deliver(cluster.waiting.findIndex(({ message }) => message.kind === 'grant'));
    const ticket = cluster.call(target, open(key), 30_000);
    expect(ticket.result).toBeUndefined();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expectSettled({ n: 1 });
  });
});

/** Found by the simulation: profile sides, seed 7076. */
describe('a session that its owner leads anew, under another name, while it hands it over', () => {
  it('has no more copies in the end than it needs', () => {
    const [to, a] = [other(), cluster.node('a')];
    cluster.run(TIMINGS.local.minHoldMs + 20);
    const answers = cluster.hold(
      ({ message, from }) => message.kind === 'replicated' && from === `${to}~1`,
    );
    for (let count = 0; count < LIMITS.affinityRun; count++) cluster.ask(to, open(key));
    cluster.run(20);
    expect([a.core.handoffs.isFrozen(key), cluster.holders(key)]).toEqual([true, ['b', 'c']]);
    a.incarnation = 'a~2';
    cluster.step(a, { kind: 'reborn', nowMs: cluster.nowMs, incarnation: 'a~2' });
    answers.release();
    cluster.call('a', open(key));
    expectSettled({ n: 0 });
    expect(cluster.owners(key)).toEqual(['a']);
  });
});
