import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WeighedNode } from '../metrics/balance.js';
import { type Move, movedTo } from './move.js';
import { NO_PLAN, nextPlan, type Rehoming } from './plan.js';
import { Rehomer } from './rehomer.js';

const SETTINGS: Rehoming = { sessionsPerSecond: 10, threshold: 1.25 };
const BEGUN = { ...NO_PLAN, atMs: 0 };
const TO = [
  { label: 'b', weight: 1 },
  { label: 'c', weight: 1 },
];
const move = (share: number, number = 1): Move => {
  return { from: 'a', number, share, to: TO, restsSinceMs: undefined };
};
const keys = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);

function node(label: string, requests: number, more: Partial<WeighedNode> = {}): WeighedNode {
  return { label, availability: 'up', weight: 1, sessionsOwned: 100, requests, ...more };
}

describe('the sessions that a move takes', () => {
  test.each([0, 0.1, 0.5, 1])('are a share of %d of them', (share) => {
    const count = keys.filter((key) => movedTo(move(share), key, ['a']) !== undefined).length;
    expect(Math.abs(count / keys.length - share)).toBeLessThan(0.05);
  });

  test('are still taken when the share has grown, to the same nodes', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (key, share) => {
        const before = movedTo(move(share / 2), key, ['a']);
        if (before !== undefined) expect(movedTo(move(share), key, ['a'])).toBe(before);
      }),
    );
  });

  test('are others when the node begins once more', () => {
    const first = keys.filter((key) => movedTo(move(0.2, 1), key, ['a']));
    const left = keys.filter((key) => !first.includes(key));
    const second = left.filter((key) => movedTo(move(0.2, 2), key, ['a']));
    expect(second.length / left.length).toBeGreaterThan(0.12);
  });

  test('go to a node that holds a copy, else by weight', () => {
    expect(new Set(keys.map((key) => movedTo(move(1), key, ['a', 'c'])))).toEqual(new Set(['c']));
    const heavy: Move = { ...move(1), to: [TO[0], { label: 'c', weight: 3 }] as Move['to'] };
    const toC = keys.filter((key) => movedTo(heavy, key, ['a']) === 'c').length;
    expect(Math.abs(toC / keys.length - 0.75)).toBeLessThan(0.05);
  });
});

describe('the plan', () => {
  test.each<[string, readonly WeighedNode[], number | undefined]>([
    ['nothing of even nodes', [node('a', 120), node('b', 100), node('c', 80)], undefined],
    ['what is above the threshold', [node('a', 300), node('b', 100), node('c', 100)], 0.0444],
    ['by weight', [node('a', 300, { weight: 3 }), node('b', 100), node('c', 100)], undefined],
    ['nothing where little is asked', [node('a', 30), node('b', 1), node('c', 1)], undefined],
    [
      'no more than is allowed',
      [node('a', 300, { sessionsOwned: 10_000 }), node('b', 100), node('c', 100)],
      0.001,
    ],
    [
      'nothing to nodes that are not up',
      [node('a', 300), node('b', 1, { availability: 'draining' })],
      undefined,
    ],
  ])('gives away %s', (_what, nodes, share) => {
    const { moves } = nextPlan(BEGUN, nodes, SETTINGS, 1_000);
    expect(moves.map(({ from }) => from)).toEqual(share === undefined ? [] : ['a']);
    if (share !== undefined) expect(moves[0]?.share).toBeCloseTo(share, 3);
    for (const { to } of moves) expect(to.map(({ label }) => label)).toEqual(['b', 'c']);
  });

  test('goes on below the threshold, rests, goes on, and ends when nobody comes any more', () => {
    let plan = nextPlan(BEGUN, [node('a', 300), node('b', 100)], SETTINGS, 1_000);
    const [first] = plan.moves as [Move];
    plan = nextPlan(plan, [node('a', 236), node('b', 164)], SETTINGS, 2_000);
    const [second] = plan.moves as [Move];
    expect(second.share).toBeGreaterThan(first.share);
    plan = nextPlan(plan, [node('a', 220), node('b', 180)], SETTINGS, 3_000);
    expect(plan.moves).toEqual([{ ...second, restsSinceMs: 3_000 }]);
    const again = nextPlan(plan, [node('a', 300), node('b', 100)], SETTINGS, 4_000);
    expect(again.moves[0]?.share).toBeGreaterThan(second.share);
    plan = nextPlan(plan, [node('a', 220), node('b', 180)], SETTINGS, 603_000);
    expect(plan).toMatchObject({ moves: [], begun: 1 });
    plan = nextPlan(plan, [node('a', 300), node('b', 100)], SETTINGS, 604_000);
    expect(plan.moves).toMatchObject([{ number: 2, share: first.share }]);
  });

  test('rests while little is asked', () => {
    const plan = nextPlan(BEGUN, [node('a', 300), node('b', 100)], SETTINGS, 1_000);
    const { moves } = nextPlan(plan, [node('a', 3), node('b', 1)], SETTINGS, 2_000);
    expect(moves).toEqual([{ ...plan.moves[0], restsSinceMs: 2_000 }]);
  });
});

test('what is turned off and on again begins with a small share', () => {
  const settings = { threshold: 1.25, sessionsPerSecond: 1_000 };
  const counts = { a: 0, b: 0 };
  let nowMs = 0;
  const rehomer = new Rehomer(
    () => [node('a', counts.a), node('b', counts.b)],
    settings,
    () => nowMs,
  );
  const look = (): number => {
    counts.a += 300;
    counts.b += 100;
    nowMs += 1_000;
    return rehomer.look()[0]?.share ?? 0;
  };
  for (let second = 0; second < 4; second++) look();
  const before = look();
  expect(before).toBeGreaterThan(0);
  settings.sessionsPerSecond = 0;
  look();
  nowMs += 3_600_000;
  settings.sessionsPerSecond = 1_000;
  for (let second = 0; second < 3; second++) look();
  expect(look()).toBeLessThanOrEqual(before);
});

interface Session {
  owner: string;
  readonly rate: number;
  due: number;
  run: number;
}

/** Sessions that ask as often as Zipf's law says, on nodes that hand over after eight requests. */
class Clients {
  nowMs = 0;
  readonly #sessions: Session[];
  readonly #counts = new Map<string, number>();
  left = 0;

  constructor(
    readonly labels: readonly string[],
    count: number,
  ) {
    this.#sessions = Array.from({ length: count }, (_, index) => {
      const owner = labels[index % 3] as string;
      return { owner, rate: 20 / (index + 10) ** 0.7, due: (index % 7) / 7, run: 0 };
    });
  }

  nodes(): WeighedNode[] {
    return this.labels.map((label) => {
      const owned = this.#sessions.filter(({ owner }) => owner === label);
      return node(label, this.#counts.get(label) ?? 0, { sessionsOwned: owned.length });
    });
  }

  /** Returns the largest share of a node over the mean in that second. */
  second(moves: readonly Move[]): number {
    const before = new Map(this.#counts);
    for (const [index, session] of this.#sessions.entries()) this.#ask(`${index}`, session, moves);
    this.nowMs += 1_000;
    const counts = this.labels.map((label) => {
      return (this.#counts.get(label) ?? 0) - (before.get(label) ?? 0);
    });
    return (Math.max(...counts) * counts.length) / counts.reduce((sum, count) => sum + count, 0);
  }

  #ask(key: string, session: Session, moves: readonly Move[]): void {
    for (session.due += session.rate; session.due >= 1; session.due--) {
      const given = moves.find(({ from }) => from === session.owner);
      const target = (given && movedTo(given, key, [session.owner])) ?? session.owner;
      this.#counts.set(target, (this.#counts.get(target) ?? 0) + 1);
      session.run = target === session.owner ? 0 : session.run + 1;
      if (session.run < 8) continue;
      this.left++;
      session.owner = target;
      session.run = 0;
    }
  }
}

describe('six nodes of which three are new', () => {
  const LABELS = ['a', 'b', 'c', 'd', 'e', 'f'];

  test.each([
    ['stay uneven without it', 0, 1.9, 2.1],
    ['are even within a minute with it', 50, 1, 1.25],
  ])('%s', (_what, sessionsPerSecond, least, most) => {
    const clients = new Clients(LABELS, 3_000);
    const settings = { sessionsPerSecond, threshold: 1.25 };
    const rehomer = new Rehomer(
      () => clients.nodes(),
      settings,
      () => clients.nowMs,
    );
    const shares: number[] = [];
    for (let second = 0; second < 70; second++) shares.push(clients.second(rehomer.look()));
    const last = shares.slice(-10).reduce((sum, share) => sum + share, 0) / 10;
    expect(last).toBeGreaterThanOrEqual(least);
    expect(last).toBeLessThanOrEqual(most);
    expect(clients.left / 70).toBeLessThanOrEqual(3 * sessionsPerSecond);
  });
});
