/** Everything in the shop that could grow, and how far it may. */
export const LIMITS = {
  /** Pieces of one product in a basket. High, so that a load test can go on adding. */
  maxQuantity: 100_000,
  /** Pieces added in one step. */
  maxAddition: 999,
  /** Different products in a basket. */
  maxLines: 50,
  /** Orders shown in a list; older ones stay in the database. */
  maxOrdersListed: 50,
  /** Orders whose items are known to have left the basket; more than the journal remembers. */
  maxSettledOrders: 64,
  /** Password hashes computed at once; each takes 16 MB and a fifth of a second of one core. */
  maxHashesRunning: 2,
  /** Sign-ins waiting for a hash; more are answered 503 at once. */
  maxHashesWaiting: 64,
  /** Bytes of a form or JSON body; the default of the Express adapter, for Fastify as well. */
  maxBodyBytes: 102_400,
  /** Requests held while the application starts; more are answered 503 at once. */
  maxHeldRequests: 1_000,
  /** Bytes one process writes to its journal; what comes later is dropped. */
  maxJournalBytes: 64 * 1024 * 1024,
  /** Rounds of requests before a node joins; each takes a few milliseconds of its start. */
  maxWarmUpRounds: 1_000,
  /** Length of a search term. */
  maxSearchLength: 64,
  /** Length of one cluster name. */
  maxClusterNameLength: 32,
  /** Milliseconds a query waits for another process that writes. */
  databaseBusyTimeoutMs: 5_000,
  /** Attempts to open the database while another process creates it. */
  maxOpenAttempts: 20,
} as const;
