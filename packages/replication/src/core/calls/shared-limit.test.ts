import { describe, expect, it } from 'vitest';
import { keyOf, ScriptedCluster } from '../../../test/wire/scripted-cluster.js';
import { nextId } from '../../../test/wire/session-calls.js';
import { rank } from '../../placement/rank.js';
import type { OwnerCall } from './calls.js';

const limit = keyOf('limit');

describe('a shared limit that nobody has yet', () => {
  it('is made by one node, though all but one wait for a node that is gone (pause, seed 5023)', () => {
    const cluster = new ScriptedCluster(['a', 'b', 'c', 'd']);
    const consume = (id: string): OwnerCall => ({
      kind: 'consume',
      key: limit,
      scope: 'shared',
      id: nextId(cluster.node(id)),
      policy: 'logins',
      intervalMs: 1000,
      burst: 10,
      cost: 1,
    });
    const [first, second, third, fourth] = rank(
      limit,
      cluster.node('a').core.placementMembers(),
    ).map(({ id }) => id) as [string, string, string, string];
    cluster.crash(first);
    // The one that knows of it is not the one that is to make it now.
    const { incarnation } = cluster.node(first);
    const { nowMs } = cluster;
    cluster.lose(({ message }) => message.kind === 'accuse');
    const message = { kind: 'accuse', incarnation } as const;
    const from = cluster.node(fourth).incarnation;
    cluster.step(cluster.node(third), { kind: 'message', nowMs, from, message });
    for (const atMs of [nowMs, nowMs + 100]) {
      cluster.step(cluster.node(third), { kind: 'unreachable', nowMs: atMs, incarnation });
    }
    const ticket = cluster.call(third, consume(third), 30_000);
    cluster.runUntil(() => ticket.result !== undefined, 'the answer');
    expect(ticket.result).toMatchObject({ kind: 'rate', allowed: true, remaining: 9 });
    expect(cluster.owners(limit)).toEqual([second]);
  });
});
