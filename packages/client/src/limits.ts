/** A longer structured field is ignored: no answer of ours comes near, and parsing stays cheap. */
export const FIELD_LENGTH_LIMIT = 4096;

/**
 * Shortest time worth giving to an attempt, in milliseconds. A repetition that would start with
 * less of the total deadline left is not started: it could only turn a clear answer into doubt.
 */
export const LEAST_USEFUL_ATTEMPT_MS = 50;

/** Upper end of the random spread added to a `Retry-After`, in milliseconds. */
export const RETRY_AFTER_SPREAD_LIMIT_MS = 5000;
