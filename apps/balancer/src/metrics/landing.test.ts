import { expect, test } from 'vitest';
import type { FleetNode } from '../fleet.js';
import type { Availability } from '../health/health-state.js';
import type { FailureKind } from '../retry/decide.js';
import type { Route } from '../routing/candidates.js';
import { reroutedBy } from './landing.js';

const named = (label: string) => ({ label }) as FleetNode;

type Failure = [label: string, failure: FailureKind, blamed: boolean];
type Row = [string, string | undefined, Availability | undefined, Failure[], string];

const blamed = (label: string): Failure => [label, 'lost', true];

test.each<Row>([
  ['the owner answered', 'a', 'up', [], 'none'],
  ['the owner answered in the end', 'a', 'suspect', [blamed('b')], 'none'],
  ['nobody answered', undefined, 'up', [blamed('a')], 'none'],
  ['the owner failed, its backup answered', 'b', 'up', [blamed('a')], 'holder'],
  ['both failed', 'c', 'up', [blamed('a'), blamed('b')], 'other'],
  ['the owner was suspect', 'b', 'suspect', [], 'holder'],
  ['the owner was dead', 'c', 'dead', [], 'other'],
  ['a dead owner, and 421 from its backup', 'c', 'dead', [['b', 'not-mine', false]], 'other'],
  ['the owner drains', 'b', 'draining', [], 'drain'],
  ['the owner drains, its backup failed', 'c', 'draining', [blamed('b')], 'other'],
  ['the owner drains, one that holds nothing failed', 'b', 'draining', [blamed('c')], 'drain'],
  ['the owner says that another one has it', 'c', 'up', [['a', 'not-mine', false]], 'not-mine'],
  ['the owner has left', 'b', undefined, [], 'gone'],
  ['no connection to the owner was free', 'b', 'up', [['a', 'unreachable', false]], 'busy'],
])('%s', (_name, node, owner, failures, expected) => {
  const route = { kind: 'session', holders: ['a', 'b'], placementKey: () => '' } as const;
  const rerouted = reroutedBy({
    route,
    node: node === undefined ? undefined : named(node),
    owner,
    failed: failures.map(([label, failure, fault]) => {
      return { node: named(label), failure, blamed: fault };
    }),
  });
  const shown = rerouted?.kind === 'failover' ? rerouted.landing : rerouted?.reason;
  expect(shown ?? 'none').toBe(expected);
});

test.each<[string, Route]>([
  ['without a session', { kind: 'chosen', choose: (nodes) => nodes }],
  ['by a cookie of the balancer', { kind: 'pinned', label: 'a', key: '', staysOnDrain: true }],
  ['without a cookie', { kind: 'session', holders: [], placementKey: () => '' }],
])('%s nothing is rerouted', (_name, route) => {
  const failed = [{ node: named('a'), failure: 'lost', blamed: true } as const];
  expect(reroutedBy({ route, node: named('b'), owner: undefined, failed })).toBeUndefined();
});
