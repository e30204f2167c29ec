/**
 * Milliseconds until the instant a `Retry-After` names (RFC 9110 §10.2.3), which is a number of
 * seconds or a date; `undefined` for anything else.
 *
 * @param nowMs the server's idea of now (its `Date` header), so that a skewed client clock does not
 *   turn "in five seconds" into "an hour ago".
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const instantMs = parseHttpDate(text);
  return instantMs === undefined ? undefined : Math.max(0, instantMs - nowMs);
}

/** Reads the three date forms of RFC 9110 §5.6.7, all of them in UTC. */
export function parseHttpDate(text: string | null): number | undefined {
  // Date.parse alone takes "1.5" for a day in January and asctime for local time.
  if (!text || !/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const instantMs = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
  return Number.isNaN(instantMs) ? undefined : instantMs;
}
