/** Every bound of the shell around the core in one place; `docs/limits.md` explains them. */
export const NODE_LIMITS = {
  /** Events of records that a node remembers for `explain()`, and those it tells of one record. */
  flightEvents: 4096,
  eventsPerRecord: 64,
} as const;
