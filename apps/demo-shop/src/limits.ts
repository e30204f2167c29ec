/** Everything in the shop that could grow, and how far it may. */
export const LIMITS = {
  /** Pieces of one product in a basket. */
  maxQuantity: 99,
  /** Different products in a basket. */
  maxLines: 50,
  /** Orders shown in a list; older ones stay in the database. */
  maxOrdersListed: 50,
  /** Length of an order's unique key in the database. */
  maxOrderKeyLength: 400,
  /** Password hashes computed at once; each takes 16 MB and a fifth of a second of one core. */
  maxHashesRunning: 2,
  /** Sign-ins waiting for a hash; more are answered 503 at once. */
  maxHashesWaiting: 64,
  /** Bytes of a form or JSON body. */
  maxBodyBytes: 32_768,
  /** Length of a search term. */
  maxSearchLength: 64,
  /** Length of one cluster name. */
  maxClusterNameLength: 32,
  /** Milliseconds a query waits for another process that writes. */
  databaseBusyTimeoutMs: 5_000,
  /** Attempts to open the database while another process creates it. */
  maxOpenAttempts: 20,
} as const;
