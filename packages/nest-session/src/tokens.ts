/** Injection tokens of this package; classes are their own. */

/** The `Cluster` of `@understudy/replication` this application runs. */
export const SESSION_CLUSTER = Symbol('SESSION_CLUSTER');

/** What every request shares. */
export const SESSION_RUNTIME = Symbol('SESSION_RUNTIME');

/** The options with every choice made. */
export const NORMALIZED_OPTIONS = Symbol('NORMALIZED_SESSION_OPTIONS');

/** What was chosen beside the options. */
export const SESSION_EXTRAS = Symbol('SESSION_EXTRAS');
