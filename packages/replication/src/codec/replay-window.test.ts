import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from './replay-window.js';

describe('a replay window', () => {
  it('takes each number once, in whatever order they come', () => {
    const numbers = fc.array(fc.nat({ max: 10_000 }), { maxLength: 300 });
    fc.assert(
      fc.property(numbers, (counters) => {
        const window = new ReplayWindow();
        const taken = new Set<number>();
        for (const counter of counters) {
          expect(window.accept(counter)).toBe(taken.has(counter) ? 'seen' : 'new');
          taken.add(counter);
        }
      }),
    );
  });

  it('takes nothing that is too far behind to be remembered', () => {
    const window = new ReplayWindow();
    expect(window.accept(0)).toBe('new');
    expect(window.accept(16_384)).toBe('new');
    expect(window.accept(0)).toBe('too-old');
    expect(window.accept(1)).toBe('new');
    expect(window.accept(1)).toBe('seen');
  });

  it('forgets what left it, so that the same place is free for a later number', () => {
    const window = new ReplayWindow();
    for (let counter = 0; counter < 40_000; counter++) expect(window.accept(counter)).toBe('new');
    expect(window.accept(2 ** 47)).toBe('new');
    expect(window.accept(2 ** 47 - 1)).toBe('new');
    expect(window.accept(2 ** 47)).toBe('seen');
  });
});
