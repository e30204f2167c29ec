import { describe, expect, test } from 'vitest';
import { Balance, imbalanceOf, type WeighedNode } from './balance.js';

function node(sessionsOwned: number, more: Partial<WeighedNode> = {}) {
  const fields = { label: 'a', availability: 'up' as const, weight: 1, requests: 0 };
  return { ...fields, ...more, sessionsOwned };
}

test.each<[string, WeighedNode[], number | undefined]>([
  ['even', [node(5), node(5)], 1],
  ['the fullest has all', [node(9), node(0), node(0)], 3],
  ['max over mean', [node(6), node(3), node(3)], 1.5],
  ['a share by weight is even', [node(6, { weight: 2 }), node(3)], 1],
  ['and more than that is not', [node(3, { weight: 2 }), node(3)], 1.5],
  ['one alone', [node(7)], 1],
  ['who drains has no share', [node(5), node(50, { availability: 'draining' }), node(5)], 1],
  ['who is meant to have none', [node(5), node(1, { weight: 0 })], 1],
  ['nothing to share', [node(0), node(0)], undefined],
  ['nobody', [], undefined],
])('%s', (_name, nodes, expected) => {
  expect(imbalanceOf(nodes, ({ sessionsOwned }) => sessionsOwned)).toBe(expected);
});

describe('requests', () => {
  function watch() {
    const nodes = [node(1, { label: 'a' }), node(1, { label: 'b' })];
    let looks = 0;
    let nowMs = 0;
    const balance = new Balance(
      () => {
        looks++;
        return nodes;
      },
      () => nowMs,
    );
    return {
      nodes,
      looks: () => looks,
      answered(first: number, second: number, atMs: number): number | undefined {
        const [one = node(0), other = node(0)] = nodes;
        one.requests += first;
        other.requests += second;
        nowMs = atMs;
        return balance.read().requests;
      },
    };
  }

  test('are those of the last minute', () => {
    const { answered } = watch();
    expect(answered(10, 0, 6_000)).toBe(2);
    expect(answered(0, 10, 20_000)).toBe(1);
    expect(answered(0, 0, 50_000)).toBe(1);
    // What came before the first look is over.
    expect(answered(0, 0, 70_000)).toBe(2);
    expect(answered(0, 0, 200_000)).toBe(undefined);
  });

  test('are those since the last look where that is longer ago', () => {
    const { answered } = watch();
    expect(answered(3, 1, 10_000)).toBe(1.5);
    expect(answered(5, 5, 600_000)).toBe(1);
  });

  test('of a node that has been away are counted anew', () => {
    const { answered, nodes } = watch();
    answered(90, 90, 10_000);
    nodes[0] = node(1, { label: 'a', requests: 0 });
    expect(answered(30, 10, 80_000)).toBe(1.5);
  });

  test('are noted every few seconds, however often somebody looks', () => {
    const { answered, looks } = watch();
    for (let atMs = 0; atMs < 50_000; atMs += 100) answered(0, 0, atMs);
    // One look by each reading, one for the start and for every five seconds.
    expect(looks()).toBe(500 + 1 + 9);
  });

  test('are not taken from one who looks often by another', () => {
    const { answered } = watch();
    for (let atMs = 0; atMs < 50_000; atMs += 100) answered(0, 0, atMs);
    expect(answered(4, 0, 50_000)).toBe(2);
    expect(answered(0, 4, 50_001)).toBe(1);
    expect(answered(0, 0, 50_002)).toBe(1);
  });
});
