import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import { HybridClock, hybridTimeOf, wallMsOf } from './hybrid-clock.js';

const NOW = 1_767_225_600_000;

function clockAt(wallMs: number): HybridClock {
  const clock = new HybridClock();
  clock.setWall(wallMs, 0);
  return clock;
}

describe('a hybrid clock', () => {
  it('shows the wall clock', () => {
    expect(wallMsOf(clockAt(NOW).next(5))).toBe(NOW + 5);
  });

  it('gives every change a later time, however often it is asked in a millisecond', () => {
    const clock = clockAt(NOW);
    const times = Array.from({ length: 3000 }, () => clock.next(0));
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
  });

  it('goes on from where it was when the wall clock is set back', () => {
    const clock = clockAt(NOW);
    const before = clock.next(0);
    clock.setWall(NOW - 3_600_000, 1);
    expect(clock.next(1)).toBe(before + 1);
  });

  it('follows a clock that is a little ahead', () => {
    const clock = clockAt(NOW);
    const ahead = hybridTimeOf(NOW + LIMITS.clockAheadMs);
    expect(clock.follow(ahead, 0)).toBe(0);
    expect(clock.next(0)).toBe(ahead + 1);
  });

  it('does not follow a clock that is more than five minutes ahead, and says by how much', () => {
    const clock = clockAt(NOW);
    expect(clock.follow(hybridTimeOf(NOW + LIMITS.clockAheadMs + 1), 0)).toBe(300_001);
    expect(wallMsOf(clock.next(0))).toBe(NOW);
  });

  it('is later than all it has followed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 3e5 })), (offsets) => {
        const clock = clockAt(NOW);
        for (const offset of offsets) {
          const time = hybridTimeOf(NOW + offset);
          clock.follow(time, 0);
          expect(clock.next(0)).toBeGreaterThan(time);
        }
      }),
    );
  });
});
