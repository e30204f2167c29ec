import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimingWheel } from './timing-wheel.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const MANY = 1_000_000;

/** What a wheel is to do for its owner: deadlines in a map, entries told apart by their slot. */
class Sessions {
  readonly deadlines = new Map<string, { atMs: number; slot: number }>();
  readonly ended: { readonly key: string; readonly atMs: number }[] = [];
  constructor(readonly wheel: TimingWheel) {}

  set(key: string, atMs: number): void {
    const known = this.deadlines.get(key);
    if (known && atMs >= known.atMs) known.atMs = atMs;
    else this.deadlines.set(key, { atMs, slot: this.wheel.file(key, atMs) });
  }

  advance(nowMs: number, maxVisits = MANY): number {
    return this.wheel.advance(nowMs, maxVisits, (key, slot) => {
      const known = this.deadlines.get(key);
      if (known?.slot !== slot) return;
      if (nowMs < known.atMs) known.slot = this.wheel.file(key, known.atMs);
      else {
        this.deadlines.delete(key);
        this.ended.push({ key, atMs: nowMs });
      }
    });
  }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    inMs: fc.oneof(fc.nat(5 * SECOND), fc.nat(3 * HOUR)),
  }),
  fc.record({ kind: fc.constant('remove' as const), key: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.oneof(fc.nat(3 * SECOND), fc.nat(2 * HOUR)),
  }),
);

describe('a timing wheel', () => {
  it.each([0, -5 * HOUR + 0.25, 12_345.5])(
    'ends what a search through all would end, never early, a second late (from %d)',
    (startMs) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (script) => {
          const sessions = new Sessions(new TimingWheel(startMs));
          const naive = new Map<string, number>();
          let nowMs = startMs;
          for (const action of script) {
            if (action.kind === 'set') {
              sessions.set(action.key, nowMs + action.inMs);
              naive.set(action.key, nowMs + action.inMs);
            } else if (action.kind === 'remove') {
              sessions.deadlines.delete(action.key);
              naive.delete(action.key);
            } else {
              nowMs += action.ms;
              sessions.advance(nowMs);
              for (const { key } of sessions.ended.splice(0)) {
                expect(naive.get(key)).toBeLessThanOrEqual(nowMs);
                naive.delete(key);
              }
              for (const atMs of naive.values()) expect(atMs).toBeGreaterThan(nowMs - 2 * SECOND);
            }
          }
          expect(new Set(sessions.deadlines.keys())).toEqual(new Set(naive.keys()));
        }),
      );
    },
  );

  it('leaves nothing behind when everything is over', () => {
    const sessions = new Sessions(new TimingWheel(0));
    for (let count = 0; count < 100; count++) {
      sessions.set('k', (100 - count) * SECOND);
      sessions.set(`k${count}`, count * 60 * SECOND);
    }
    for (let nowMs = 0; nowMs < 3 * HOUR; nowMs += 700) sessions.advance(nowMs);
    expect(sessions.wheel.size).toBe(0);
    expect(sessions.ended).toHaveLength(101);
  });

  it('does a bounded part at a time, and the rest later', () => {
    const sessions = new Sessions(new TimingWheel(0));
    for (let count = 0; count < 5000; count++) sessions.set(`k${count}`, SECOND);
    const visits = [1, 2, 3, 4].map((tick) => sessions.advance(2 * SECOND + tick, 2000));
    expect(visits).toEqual([2000, 2000, 1000, 0]);
    expect(new Set(sessions.ended.map(({ key }) => key)).size).toBe(5000);
  });

  it('visits what cannot end now once a second, not for ever', () => {
    const wheel = new TimingWheel(0);
    wheel.file('k', 0);
    const visit = (key: string) => {
      wheel.file(key, 0);
    };
    expect(wheel.advance(10 * SECOND, MANY, visit)).toBe(10);
    expect(wheel.advance(10 * SECOND, MANY, visit)).toBe(0);
    expect(wheel.advance(11 * SECOND, MANY, visit)).toBe(1);
  });

  it('is not walked through for what is far away', () => {
    const sessions = new Sessions(new TimingWheel(0));
    sessions.set('k', 30 * 24 * HOUR);
    let visits = 0;
    for (let nowMs = 0; nowMs < 30 * 24 * HOUR; nowMs += HOUR) visits += sessions.advance(nowMs);
    expect(visits).toBeLessThan(30 * 24);
  });
});
