import { DEFAULT_TIMEOUTS, type Timeouts } from '../../limits.js';
import { FROM_ZERO, numbers, rangesOf, unitOf } from '../ranges.js';

export const TIMEOUT_RANGES = rangesOf<Timeouts>(DEFAULT_TIMEOUTS, unitOf, {
  stopMs: { ...FROM_ZERO, unit: 'milliseconds' },
});

/** Every timeout of `limits.ts`. */
export const TIMEOUTS = numbers<Timeouts>(DEFAULT_TIMEOUTS, TIMEOUT_RANGES, {
  aliases: { firstByteMs: 'BALANCER_FIRST_BYTE_MS' },
});
