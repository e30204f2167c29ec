import { describe, expect, it } from 'vitest';
import { PROFILES } from './profiles.js';
import type { SimTierShape } from './sim-tier.js';
import { simulate } from './simulate.js';

const unruly: SimTierShape = {
  settings: { mode: 'write-behind', flushMs: 200, waitMs: 1000 },
  maxDelayMs: 40,
  failChance: 0.05,
};

describe('a cluster with a tier that is slow and fails', () => {
  it.each(
    PROFILES.flatMap((profile) => [
      { profile, mode: 'write-behind' as const },
      { profile, mode: 'write-through' as const },
    ]),
  )(
    'keeps its promises, and after a power cut too: profile $profile, $mode',
    ({ profile, mode }) => {
      const settings = { ...unruly.settings, mode };
      const { violations } = simulate({ seed: 21, profile, tier: { ...unruly, settings } });
      expect(violations).toEqual([]);
    },
  );

  it('would revive what has ended, if the tier did not compare versions', () => {
    const rules = [4, 6, 8].flatMap((seed) => {
      const report = simulate({ seed, profile: 'calm', tier: { ...unruly, careless: true } });
      return [...report.violations, ...report.gaps].map(({ rule }) => rule);
    });
    expect(rules).toContain('revived-by-tier');
  });
});
