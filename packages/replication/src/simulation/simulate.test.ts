import { describe, expect, it } from 'vitest';
import { PROFILES } from './profiles.js';
import { simulate } from './simulate.js';

const SEEDS = Array.from({ length: 3 }, (_, index) => index + 1);

describe.each(PROFILES)('profile %s', (profile) => {
  it('gives the same history for the same seed and another for another', () => {
    const first = simulate({ seed: 30, profile, browsers: 2 });
    const second = simulate({ seed: 30, profile, browsers: 2 });
    expect(second.digest).toBe(first.digest);
    expect([second.violations, second.gaps]).toEqual([first.violations, first.gaps]);
    expect(simulate({ seed: 31, profile, browsers: 2 }).digest).not.toBe(first.digest);
  });

  it.each(SEEDS)('breaks no promise with seed %i', (seed) => {
    const { violations, calls } = simulate({ seed, profile });
    expect(violations).toEqual([]);
    expect(calls).toBeGreaterThan(100);
  });
});
