import { describe, expect, it } from 'vitest';
import { BOUNDS } from './bounds.js';
import { explore } from './explore.js';

const LIMITS = { states: 150, milliseconds: Number.POSITIVE_INFINITY };

describe('exploration', () => {
  it.each(BOUNDS)('$name: finds the same states every time, and nothing wrong', (bounds) => {
    const first = explore(bounds, LIMITS, () => 0);
    expect(first.violation).toBeUndefined();
    expect(first.stoppedBy).toBe('states');
    expect(explore(bounds, LIMITS, () => 0)).toEqual(first);
  });
});
