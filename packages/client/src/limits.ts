/** A longer structured field is ignored: no answer of ours comes near, and parsing stays cheap. */
export const FIELD_LENGTH_LIMIT = 4096;

/** Most members of one structured field that are read; the field is ignored beyond it. */
export const FIELD_MEMBER_LIMIT = 64;

/** Length of an `Idempotency-Key` without its quotes, as `docs/http.md` states it. */
export const IDEMPOTENCY_KEY_LENGTH_LIMIT = 255;

/**
 * Shortest time worth giving to an attempt, in milliseconds. A repetition that would start with
 * less of the total deadline left is not started: it could only turn a clear answer into doubt.
 */
export const LEAST_USEFUL_ATTEMPT_MS = 50;

/** Upper end of the random spread added to a `Retry-After`, in milliseconds. */
export const RETRY_AFTER_SPREAD_LIMIT_MS = 5000;

/** Most base URLs one client takes. */
export const BASE_URL_LIMIT = 16;

/** Most calls of one client under way at a time; further ones are refused at once. */
export const CALLS_IN_FLIGHT_LIMIT = 1000;

/** Times the state is asked for anew because the session changed while the answer was under way. */
export const ASK_TURN_LIMIT = 3;
