import { expect, test } from 'vitest';
import { Counters } from './counters.js';
import { NodeStats } from './node-stats.js';
import { addCounts, snapshotOf } from './snapshot.js';

function busy(): Counters {
  const counters = new Counters();
  counters.requests = 3;
  counters.retries.add('lost');
  counters.failoverDurations.add(7);
  counters.failoverDurations.add(1e9);
  return counters;
}

test('every count of a balancer and of a node is in its snapshot', () => {
  for (const counts of [new Counters(), new NodeStats()]) {
    expect(Object.keys(snapshotOf(counts))).toEqual(Object.keys(counts));
  }
});

test('counts of several processes are added up', () => {
  const sum = new Counters();
  addCounts(sum, structuredClone(snapshotOf(busy())));
  addCounts(sum, structuredClone(snapshotOf(busy())));
  expect(sum.requests).toBe(6);
  expect(sum.retries.get('lost')).toBe(2);
  expect(sum.retries.get('unreachable')).toBe(0);
  expect(sum.failoverDurations.count).toBe(4);
  expect(sum.failoverDurations.sumMs).toBe(2 * (1e9 + 7));
  expect(sum.failoverDurations.cumulative()[1]).toEqual({ boundMs: 10, count: 2 });
});

test('a snapshot does not change with what it was taken of', () => {
  const counters = busy();
  const before = snapshotOf(counters);
  const kept = structuredClone(before);
  counters.requests++;
  counters.retries.add('lost');
  counters.failoverDurations.add(1);
  expect(before).toEqual(kept);
});

test('what the other side does not know is left out', () => {
  const sum = new Counters();
  addCounts(sum, { requests: new Map([['x', 1]]), responses: 5, unknown: 1, retries: 2 });
  expect(snapshotOf(sum)).toEqual(snapshotOf(new Counters()));
});
