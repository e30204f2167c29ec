/** A rate limit in GCRA terms: `burst` at once, then one every `intervalMs`. */
export interface RateParameters {
  readonly intervalMs: number;
  readonly burst: number;
}

export interface RateOutcome {
  readonly allowed: boolean;
  /** The new theoretical arrival time; equal to the old one when refused. */
  readonly arrivalMs: number;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
}

/**
 * Instants are sums of fractions of milliseconds, and travel as differences: the last request of a
 * full burst must not fail by what rounding adds.
 */
const TOLERANCE_MS = 0.001;

/**
 * The generic cell rate algorithm (ITU-T I.371): the state of a limit is one number, the time at
 * which a steadily paced client would send next. Merging two copies is `max`, so a late or repeated
 * message can never loosen a limit.
 *
 * `cost` 0 only looks; a negative cost gives back, never beyond the full burst.
 */
export function consumeRate(
  parameters: RateParameters,
  arrivalMs: number | undefined,
  nowMs: number,
  cost: number,
): RateOutcome {
  const { intervalMs, burst } = parameters;
  const arrival = Math.max(arrivalMs ?? nowMs, nowMs);
  const next = Math.max(nowMs, arrival + cost * intervalMs);
  const allowed = cost <= 0 || next - nowMs <= burst * intervalMs + TOLERANCE_MS;
  const kept = allowed ? next : arrival;
  const used = (kept - nowMs) / intervalMs;
  return {
    allowed,
    arrivalMs: kept,
    remaining: Math.max(0, Math.floor(burst - used + TOLERANCE_MS / intervalMs)),
    retryAfterMs: allowed ? 0 : Math.ceil(next - nowMs - burst * intervalMs),
    resetAfterMs: Math.max(0, Math.ceil(kept - nowMs)),
  };
}
