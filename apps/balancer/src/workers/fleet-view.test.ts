import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StaticNode, staticDirectory } from '../directory/static-directory.js';
import { Fleet } from '../fleet.js';
import { type CircuitState, closedCircuit, DEFAULT_CIRCUIT } from '../health/circuit.js';
import { DEFAULT_HEALTH_SETTINGS } from '../health/health-state.js';
import { candidates } from '../routing/candidates.js';
import { type FleetView, isSameView, learnView, viewOf } from './fleet-view.js';
import { type ViewedDirectory, viewedDirectory } from './viewed-directory.js';

const LABELS = ['a', 'b', 'c', 'd'];
const node = (label: string, weight = 1): StaticNode => ({ label, weight, url: 'http://h:1' });

class Bench {
  nowMs = 1_000;
  readonly directory = staticDirectory(LABELS.map((label) => node(label)));
  readonly primary = this.#fleet(this.directory);
  #view = viewOf(this.primary, 1);
  readonly reports: string[] = [];

  #fleet(directory: Fleet['options']['directory']): Fleet {
    return new Fleet({
      ...{ directory, health: DEFAULT_HEALTH_SETTINGS, circuit: DEFAULT_CIRCUIT },
      slowStart: { durationMs: 10_000, fromShare: 0.1 },
      upstreams: () => {
        throw new Error('nothing is sent');
      },
      now: () => this.nowMs,
    } as ConstructorParameters<typeof Fleet>[0]);
  }

  view(): FleetView {
    const next = viewOf(this.primary, this.#view.number + 1);
    if (!isSameView(this.#view, next)) this.#view = structuredClone(next);
    return this.#view;
  }

  worker(): { readonly fleet: Fleet; readonly directory: ViewedDirectory; learn(): void } {
    const directory = viewedDirectory(this.view(), (label) => this.reports.push(label));
    const fleet = this.#fleet(directory);
    learnView(fleet, directory.view, true);
    const learn = (): void => {
      if (directory.replace(this.view())) learnView(fleet, directory.view, false);
    };
    return { fleet, directory, learn };
  }
}

function order(fleet: Fleet, holders: string[], key: string): string {
  const route = { kind: 'session', holders, placementKey: () => key } as const;
  const nodes = [...candidates(route, fleet.nodes())];
  return nodes.map(({ label, availability }) => `${label} ${availability}`).join(', ');
}

type Step =
  | { readonly check: string; readonly result: 'ready' | 'draining' | 'down' | 'failed' }
  | { readonly refused: string }
  | { readonly state: string; readonly to: 'active' | 'draining' | 'suspect' | 'dead' }
  | { readonly waitMs: number }
  | { readonly list: string[] };

const label = fc.constantFrom(...LABELS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    check: label,
    result: fc.constantFrom(
      'ready' as const,
      'draining' as const,
      'down' as const,
      'failed' as const,
    ),
  }),
  fc.record({ refused: label }),
  fc.record({
    state: label,
    to: fc.constantFrom(
      'active' as const,
      'draining' as const,
      'suspect' as const,
      'dead' as const,
    ),
  }),
  fc.record({ waitMs: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ list: fc.shuffledSubarray(LABELS) }),
);

function take(bench: Bench, one: Step): void {
  const { primary, directory } = bench;
  if ('waitMs' in one) bench.nowMs += one.waitMs;
  else if ('list' in one) directory.replace(one.list.map((each, index) => node(each, index)));
  else if ('state' in one) {
    if (directory.nodes().some(({ id }) => id === one.state)) directory.setState(one.state, one.to);
  } else {
    bench.nowMs += 1;
    const found = primary.byLabel('check' in one ? one.check : one.refused);
    if (found === undefined) return;
    if ('check' in one) primary.checked(found, one.result, bench.nowMs - 1);
    else primary.failed(found, 'refused', bench.nowMs);
  }
}

describe('workers with one view', () => {
  test('try the same nodes in the same order, as the primary would, whenever they started', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.nat(30),
        fc.array(label, { maxLength: 3 }),
        fc.string(),
        (steps, late, holders, key) => {
          const bench = new Bench();
          const workers = [bench.worker()];
          for (const [index, one] of steps.entries()) {
            take(bench, one);
            if (index === late) workers.push(bench.worker());
            for (const worker of workers) worker.learn();
          }
          const expected = order(bench.primary, holders, key);
          for (const { fleet } of workers) expect(order(fleet, holders, key)).toBe(expected);
          expect(bench.reports).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('give a node that has joined the same share, whenever they started', () => {
    const bench = new Bench();
    const workers = [bench.worker()];
    bench.directory.replace([...LABELS, 'e'].map((label) => node(label)));
    workers[0]?.learn();
    bench.nowMs += 5_000;
    workers.push(bench.worker());
    for (const fleet of [bench.primary, ...workers.map((worker) => worker.fleet)]) {
      expect(fleet.nodes().map(({ loadWeight }) => loadWeight)).toEqual([1, 1, 1, 1, 0.55]);
    }
  });

  test('leave a node that falls at once, and tell nobody of what they were told', () => {
    const bench = new Bench();
    const { fleet, learn } = bench.worker();
    let fell = 0;
    fleet.byLabel('a')?.waiting.add({ seat: -1, onFall: () => fell++ });
    for (let i = 0; i < 3; i++) {
      const a = bench.primary.byLabel('a');
      if (a !== undefined) bench.primary.checked(a, 'failed', bench.nowMs);
      learn();
    }
    expect(fell).toBe(1);
    expect(bench.reports).toEqual([]);
  });

  test('report a refusal of their own once', () => {
    const bench = new Bench();
    const { fleet } = bench.worker();
    const a = fleet.byLabel('a');
    if (a === undefined) throw new Error('it is there');
    for (let i = 0; i < 3; i++) fleet.failed(a, 'refused', bench.nowMs);
    expect(bench.reports).toEqual(['a']);
  });

  test('ignore a view that is older than theirs', () => {
    const bench = new Bench();
    const old = bench.view();
    bench.directory.setState('a', 'draining');
    const { directory } = bench.worker();
    expect(directory.replace(old)).toBe(false);
    expect(directory.nodes()[0]?.state).toBe('draining');
  });
});

describe('a circuit of their own', () => {
  const refusedAt = (openedAtMs: number): CircuitState => ({
    ...closedCircuit(0),
    ...{ openings: 1, cause: 'refused', openedAtMs, untilMs: openedAtMs + 1_000 },
  });
  const failingAt = (openedAtMs: number): CircuitState => ({
    ...refusedAt(openedAtMs),
    cause: 'failing',
  });

  test.each<[string, CircuitState, CircuitState, 'own' | 'other']>([
    ['a refusal elsewhere is news', closedCircuit(1), refusedAt(2), 'other'],
    ['an answer since then disproves it', closedCircuit(3), refusedAt(2), 'own'],
    ['a newer refusal here stays', refusedAt(3), refusedAt(2), 'own'],
    ['a check after a refusal closes it', refusedAt(2), closedCircuit(3), 'other'],
    ['a check before it does not', refusedAt(4), closedCircuit(3), 'own'],
    ['a check knows nothing of requests that fail', failingAt(2), closedCircuit(3), 'own'],
    ['failures in a row are kept', { ...closedCircuit(1), failures: 3 }, closedCircuit(9), 'own'],
  ])('%s', (_name, own, other, kept) => {
    const bench = new Bench();
    const { fleet } = bench.worker();
    const a = fleet.byLabel('a');
    if (a === undefined) throw new Error('it is there');
    a.circuit = own;
    fleet.learn(a, { health: a.health, circuit: other });
    expect(a.circuit).toBe(kept === 'own' ? own : other);
  });
});
