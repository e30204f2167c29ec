import { describe, expect, it } from 'vitest';
import { PROFILES } from './faults.js';
import { simulate } from './simulate.js';

describe('a seed', () => {
  it.each(PROFILES)('of profile %s gives the same history every time', (profile) => {
    const first = simulate({ seed: 3, profile, browsers: 2 });
    const second = simulate({ seed: 3, profile, browsers: 2 });
    expect(second.digest).toBe(first.digest);
    expect(second.violations).toEqual(first.violations);
    expect(simulate({ seed: 4, profile, browsers: 2 }).digest).not.toBe(first.digest);
  });
});
