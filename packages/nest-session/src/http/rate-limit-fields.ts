import { RESPONSE_HEADERS } from './contract.js';

/** One limit as a response tells it. */
export interface RateLimitField {
  readonly name: string;
  /** Requests per window; without a window, requests at once. */
  readonly limit: number;
  readonly windowSeconds?: number;
  /** Requests still allowed now. */
  readonly remaining: number;
  /** Until more are allowed, or all again; absent where time alone changes nothing. */
  readonly resetSeconds?: number;
}

/** Renders a member of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10 §2). */
export function formatRateLimitPolicy({ name, limit, windowSeconds }: RateLimitField): string {
  return windowSeconds === undefined
    ? `"${name}";q=${limit};qu="concurrent-requests"`
    : `"${name}";q=${limit};w=${windowSeconds}`;
}

/** Renders a member of `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10 §3). */
export function formatRateLimit({ name, remaining, resetSeconds }: RateLimitField): string {
  const reset = resetSeconds === undefined ? '' : `;t=${resetSeconds}`;
  return `"${name}";r=${remaining}${reset}`;
}

/** The headers that tell one limit. */
export function rateLimitHeaders(field: RateLimitField): Readonly<Record<string, string>> {
  return {
    [RESPONSE_HEADERS.rateLimitPolicy]: formatRateLimitPolicy(field),
    [RESPONSE_HEADERS.rateLimit]: formatRateLimit(field),
  };
}
