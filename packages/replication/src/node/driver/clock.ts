/** Time and deferred work, so that tests can replace both. */
export interface Clock {
  nowMs(): number;
  /** Milliseconds since 1970, by which changes of two sides of a partition are ordered. */
  wallMs(): number;
  /** Calls back repeatedly until cancelled; never keeps the process alive. */
  every(intervalMs: number, callback: () => void): () => void;
  /** Calls back at the end of the present event-loop turn: what was done in it goes together. */
  afterTurn(callback: () => void): void;
}

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  // A microtask would run after each socket callback and never group anything.
  afterTurn: (callback) => {
    setImmediate(callback);
  },
};
