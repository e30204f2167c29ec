import { DEFAULT_LIMITS, type Limits } from '../../limits.js';
import { FROM_ZERO, numbers, rangesOf, unitOf } from '../ranges.js';

export const LIMIT_RANGES = rangesOf<Limits>(DEFAULT_LIMITS, unitOf, {
  retryRatio: { from: 0, to: 1, fractional: true },
  retryFloor: FROM_ZERO,
  tunnels: FROM_ZERO,
  queuedPerNode: FROM_ZERO,
  replayBytes: { ...FROM_ZERO, unit: 'bytes' },
  discardBytes: { ...FROM_ZERO, unit: 'bytes' },
  failoversKept: FROM_ZERO,
  tlsSessions: FROM_ZERO,
});

/** Every bound of `limits.ts`. */
export const LIMITS = numbers<Limits>(DEFAULT_LIMITS, LIMIT_RANGES, {
  // The parser of node:http, the log and what guards connections take theirs once.
  restart: [
    ...(['headBytes', 'routeCookies', 'failoversKept'] as const),
    ...(['connectionsPerAddress', 'rateLimitedAddresses', 'tlsSessions'] as const),
  ],
});
