import { DEFAULT_RATE_LIMIT, type RateLimitSettings } from '../../edge/rate-limit.js';
import { numbers, rangesOf } from '../ranges.js';

const requests = (): string => 'requests';

export const RATE_LIMIT_RANGES = rangesOf<RateLimitSettings>(DEFAULT_RATE_LIMIT, requests, {
  perSecond: { from: 0, to: 1_000_000, fractional: true, unit: 'requests' },
});

/** How many requests of one address are served; `perSecond` 0 sets no limit. */
export const RATE_LIMIT = numbers<RateLimitSettings>(DEFAULT_RATE_LIMIT, RATE_LIMIT_RANGES);
