import { parseFieldMembers } from './structured-field.js';

/** One policy of a `RateLimit` field (draft-ietf-httpapi-ratelimit-headers). */
export interface RateLimit {
  /** Name of the policy. */
  readonly policy: string;
  /** Units left (`r`). */
  readonly remaining: number;
  /** Milliseconds until there are more (`t`); a duration, so clocks need not agree. */
  readonly resetMs?: number;
}

/** Reads `RateLimit`; a member without a usable `r` is skipped. Never throws. */
export function parseRateLimit(header: string | null): readonly RateLimit[] {
  return parseFieldMembers(header).flatMap(({ name, parameters: { r, t } }) => {
    if (typeof r !== 'number' || r < 0) return [];
    const resets = typeof t === 'number' && t >= 0;
    return [{ policy: name, remaining: r, ...(resets && { resetMs: t * 1000 }) }];
  });
}
