/**
 * Milliseconds until the instant a `Retry-After` names (RFC 9110 §10.2.3), which is a number of
 * seconds or a date; `undefined` for anything else. Never throws.
 *
 * @param nowMs the server's idea of now (its `Date` header), so that a skewed client clock does not
 *   turn "in five seconds" into "an hour ago"
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const waitMs = /^\s*\d{1,9}\s*$/.test(header ?? '')
    ? Number(header) * 1000
    : parseHttpDate(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** Reads an HTTP date (RFC 9110 §5.6.7, without the obsolete asctime form); NaN if it is none. */
export function parseHttpDate(text: string | null | undefined): number {
  // Date.parse alone takes "1.5" for a day in January.
  return /^\s*[A-Z][a-z]+, .+ GMT\s*$/.test(text ?? '') ? Date.parse(`${text}`) : Number.NaN;
}
