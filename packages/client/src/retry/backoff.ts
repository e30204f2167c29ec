import { RETRY_AFTER_SPREAD_LIMIT_MS } from '../limits.js';

/**
 * Back-off with full jitter: a random time below `min(maxMs, baseMs · 2^(attempts − 1))`.
 *
 * @param attempts made so far, from 1
 * @param random in [0, 1)
 */
export function backoffMs(
  { baseMs, maxMs }: { readonly baseMs: number; readonly maxMs: number },
  attempts: number,
  random: number,
): number {
  return random * Math.min(maxMs, baseMs * 2 ** (attempts - 1));
}

/**
 * Random time to add to a `Retry-After`: up to a fifth of it, at least one second, at most five.
 * It is added and never taken off, so nobody returns early and not everybody at once.
 */
export function retryAfterSpreadMs(retryAfterMs: number, random: number): number {
  return random * Math.min(RETRY_AFTER_SPREAD_LIMIT_MS, Math.max(1000, retryAfterMs / 5));
}
