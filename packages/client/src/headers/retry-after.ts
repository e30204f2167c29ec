/**
 * Milliseconds until the instant a `Retry-After` names (RFC 9110 §10.2.3), which is a number of
 * seconds or a date; `undefined` for anything else. Never throws.
 *
 * @param nowMs milliseconds since 1970
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header as string;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse alone takes "1.5" for a day in January.
  const waitMs = Date.parse(/^[A-Z].+ GMT$/.test(text) ? text : '') - nowMs;
  return waitMs <= 0 ? 0 : waitMs || undefined;
}
