import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import {
  create,
  dataOf,
  given,
  increment,
  nextId,
  open,
  seenAt,
} from '../../../test/wire/session-calls.js';
import type { OwnerCall } from '../calls/calls.js';

const key = keyOf('session');
const PAUSE_MS = 5000;

let cluster: ScriptedCluster;
beforeEach(() => {
  cluster = new ScriptedCluster(['a', 'b', 'c']);
  given(cluster, 'a', key, { n: 0 });
});

/** Owner a is stopped, the others take over and commit; a goes on with what waited for it. */
function pauseThroughTakeover(): void {
  cluster.pause('a');
  cluster.run(PAUSE_MS);
  cluster.ask('b', increment(cluster.node('b'), key));
}

describe('an owner that was paused while others took over', () => {
  it('does not serve its copy, though the request comes before the first tick', () => {
    pauseThroughTakeover();
    cluster.resume('a');
    const ticket = cluster.call('a', open(key), 30_000);
    expect(ticket.result).toBeUndefined();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 1 });
  });

  it('does not serve its copy on an acknowledgement from before the pause', () => {
    const acknowledgement = cluster.hold(
      ({ to, message }) => to === 'a~1' && message.kind === 'replicated',
    );
    const stuck = cluster.call('a', increment(cluster.node('a'), key), 30_000);
    cluster.run(40);
    pauseThroughTakeover();
    cluster.resume('a');
    cluster.tick('a');
    acknowledgement.release();
    while (cluster.waiting.some(({ message }) => message.kind === 'replicated')) cluster.deliver();
    const ticket = cluster.call('a', open(key), 30_000);
    expect(ticket.result).toBeUndefined();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 2 });
    cluster.runUntil(() => stuck.result !== undefined, 'the answer of the former owner');
    expect(stuck.result?.kind).toBe('committed');
  });

  it.each([
    ['a copy', undefined],
    ['the tier', { mode: 'write-through', flushMs: 200, waitMs: 1000 } as const],
  ])(
    'answers for no change that waited for %s before it has asked (stumble, seed 108)',
    (_for, tier) => {
      cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2, tier });
      given(cluster, 'a', key, { n: 0 });
      const lost = cluster.lose(({ to, message }) => to === 'c~1' && message.kind === 'replicate');
      const acknowledged = cluster.hold(
        ({ to, message }) => to === 'a~1' && message.kind === 'replicated',
      );
      const stuck = cluster.call('a', increment(cluster.node('a'), key), 30_000);
      cluster.run(40);
      if (tier) {
        acknowledged.release();
        cluster.settle();
      }
      cluster.pause('a');
      if (!tier) acknowledged.release();
      // What b had of it is gone with b: c goes on without.
      cluster.crash('b');
      lost();
      cluster.run(PAUSE_MS);
      cluster.ask('c', increment(cluster.node('c'), key));
      cluster.resume('a');
      while (cluster.waiting.some(({ message }) => message.kind === 'replicated'))
        cluster.deliver();
      cluster.tick('a');
      expect(stuck.result).toBeUndefined();
      cluster.runUntil(() => stuck.result !== undefined, 'the answer');
      expect(stuck.result?.kind).toBe('committed');
      expect(seenAt(cluster, 'c', key)).toEqual({ n: 2 });
    },
  );

  it('does not end the session because its own copy would have expired', () => {
    const session = keyOf('brief');
    const idleTimeoutMs = 10_000;
    const call = { ...create(cluster.node('a'), session, { n: 0 }), idleTimeoutMs };
    cluster.ask('a', call as ReturnType<typeof create>);
    cluster.pause('a');
    for (let used = 0; used < 6; used++) {
      cluster.run(5000);
      cluster.ask('b', increment(cluster.node('b'), session));
    }
    cluster.resume('a');
    cluster.run(1000);
    for (const id of ['a', 'b', 'c']) expect(seenAt(cluster, id, session)).toEqual({ n: 6 });
  });

  it('comes back as a new incarnation and keeps nothing it should not', () => {
    pauseThroughTakeover();
    cluster.resume('a');
    cluster.run(5000);
    expect(cluster.node('a').rebirths).toBe(1);
    expect(cluster.owners(key)).toHaveLength(1);
    expect(cluster.node('a').core.records.get(key)?.role).not.toBe('owner');
  });

  it('says its new name before it claims under it, or it would not be asked (stumble, seed 91)', () => {
    cluster.add('d');
    cluster.run(200);
    const copied = ['one', 'two', 'three', 'four'].map(keyOf).find((session) => {
      given(cluster, 'b', session);
      return cluster.holders(session).includes('a');
    });
    cluster.pause('a');
    cluster.crash('b');
    cluster.run(PAUSE_MS);
    const obituaries = cluster.hold(({ message }) => message.kind === 'obituary');
    const claims = cluster.hold(({ from, message }) => from === 'a~1' && message.kind === 'claim');
    const said = cluster.hold(({ from }) => from === 'a~2');
    cluster.resume('a');
    cluster.call('a', open(copied as string), 30_000);
    cluster.runUntil(() => claims.envelopes.length > 0, 'a claim');
    obituaries.release();
    cluster.run(500);
    const kinds = said.envelopes.map(({ message }) => message.kind);
    expect(kinds).toContain('claim');
    expect(kinds[0]).toBe('heartbeat');
  });
});

/** As a broker does to whoever took nothing: simulation, profile pause, seed 14. */
describe('an owner whose connection is closed while it is paused', () => {
  it('does not serve its copy before it is back and has asked', () => {
    pauseThroughTakeover();
    cluster.resume('a');
    cluster.disconnect('a');
    const ticket = cluster.call('a', open(key), 30_000);
    cluster.run(400);
    expect(ticket.result).toBeUndefined();
    cluster.connect('a');
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 1 });
  });

  it('does not hand a lock to whoever waits for it', () => {
    const lock = (name: string, waitMs: number): OwnerCall => ({
      kind: 'lock',
      key,
      id: nextId(cluster.node('a')),
      name,
      leaseMs: 500,
      waitMs,
    });
    cluster.ask('a', lock('writer', 0));
    const waiting = cluster.call('a', lock('writer', 20_000), 30_000);
    pauseThroughTakeover();
    cluster.resume('a');
    cluster.disconnect('a');
    cluster.run(400);
    expect(waiting.result).toBeUndefined();
  });

  it('speaks for what it owns when it stays cut off', () => {
    cluster.pause('a');
    cluster.run(PAUSE_MS);
    cluster.resume('a');
    cluster.disconnect('a');
    const ticket = cluster.call('a', open(key), 30_000);
    cluster.run(4000);
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
  });

  it('serves at once when it was cut off before', () => {
    cluster.disconnect('a');
    cluster.pause('a');
    cluster.run(PAUSE_MS);
    cluster.resume('a');
    const ticket = cluster.call('a', open(key));
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
  });
});

describe('an owner that was paused while nobody noticed', () => {
  it('serves again after it has asked the others', () => {
    cluster.pause('a');
    cluster.run(800);
    cluster.resume('a');
    const ticket = cluster.call('a', open(key));
    expect(ticket.result).toBeUndefined();
    cluster.settle();
    expect(dataOf(ticket.result)).toEqual({ n: 0 });
    expect(cluster.owners(key)).toEqual(['a']);
  });

  it('asks once for all requests that wait', () => {
    cluster.pause('a');
    cluster.run(800);
    cluster.resume('a');
    const tickets = [1, 2, 3].map(() => cluster.call('a', open(key)));
    expect(cluster.waiting.filter(({ message }) => message.kind === 'locate')).toHaveLength(2);
    cluster.settle();
    for (const ticket of tickets) expect(dataOf(ticket.result)).toEqual({ n: 0 });
  });

  it('asks again when it was paused again before it served', () => {
    cluster.pause('a');
    cluster.run(800);
    cluster.resume('a');
    const answers = cluster.hold(({ to, message }) => to === 'a~1' && message.kind === 'located');
    const ticket = cluster.call('a', open(key), 60_000);
    cluster.settle();
    expect(answers.envelopes).toHaveLength(2);
    pauseThroughTakeover();
    cluster.resume('a');
    answers.release((envelopes) => envelopes.reverse());
    const late = cluster.waiting.findIndex(({ message }) => message.kind === 'located');
    cluster.deliver(late);
    cluster.deliver(cluster.waiting.findIndex(({ message }) => message.kind === 'located'));
    expect(ticket.result).toBeUndefined();
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 1 });
  });
});

describe('a claimer that was paused', () => {
  it('does not serve what it won on promises from before the pause', () => {
    cluster = new ScriptedCluster(['a', 'b', 'c'], { backups: 2 });
    given(cluster, 'a', key, { n: 0 });
    const promises = cluster.hold(({ to, message }) => to === 'b~1' && message.kind === 'claimed');
    cluster.crash('a');
    const ticket = cluster.call('b', open(key), 60_000);
    cluster.runUntil(() => promises.envelopes.length > 0, 'the promise');
    cluster.pause('b');
    cluster.run(PAUSE_MS);
    cluster.ask('c', increment(cluster.node('c'), key));
    cluster.resume('b');
    promises.release((envelopes) => envelopes);
    cluster.deliver(cluster.waiting.findIndex(({ message }) => message.kind === 'claimed'));
    expect(dataOf(ticket.result)).not.toEqual({ n: 0 });
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(dataOf(ticket.result)).toEqual({ n: 1 });
  });
});
