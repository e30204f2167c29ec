import { DEFAULT_REHOMING, type Rehoming } from '../../rehoming/plan.js';
import { type BoundedLoad, DEFAULT_BOUNDED_LOAD } from '../../routing/bounded-load.js';
import { DEFAULT_SLOW_START, type SlowStart } from '../../routing/slow-start.js';
import { numbers, rangesOf, unitOf } from '../ranges.js';

export const BOUNDED_LOAD_RANGES = rangesOf<BoundedLoad>(DEFAULT_BOUNDED_LOAD, unitOf, {
  factor: { from: 1, to: 100, fractional: true },
});

/** How far a hash may fill a node above its share. */
export const BOUNDED_LOAD = numbers<BoundedLoad>(DEFAULT_BOUNDED_LOAD, BOUNDED_LOAD_RANGES);

export const SLOW_START_RANGES = rangesOf<SlowStart>(DEFAULT_SLOW_START, unitOf, {
  fromShare: { from: 0.01, to: 1, fractional: true },
});

/** How the share of a node grows that has joined. */
export const SLOW_START = numbers<SlowStart>(DEFAULT_SLOW_START, SLOW_START_RANGES);

export const REHOMING_RANGES = rangesOf<Rehoming>(DEFAULT_REHOMING, unitOf, {
  sessionsPerSecond: { from: 0, to: 1_000_000, fractional: true },
  threshold: { from: 1.05, to: 100, fractional: true },
});

/** Whether a node with too much to do gives sessions away. */
export const REHOMING = numbers<Rehoming>(DEFAULT_REHOMING, REHOMING_RANGES);
