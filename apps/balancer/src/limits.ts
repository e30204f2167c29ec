/**
 * Every bound of the balancer in one place. A proxy without bounds hands its memory to whoever
 * connects; each value names what it protects. `BalancerOptions.limits` may override any of them.
 */
export interface Limits {
  /** Open client connections; further ones are closed by the kernel's accept loop. */
  readonly clientConnections: number;
  /**
   * Of these, from one IPv4 address or IPv6 /64; further ones are closed. 0 sets no bound. Proxies
   * that are trusted do not count.
   */
  readonly connectionsPerAddress: number;
  /** Bytes of a PROXY header; beyond it the connection is closed. */
  readonly proxyHeaderBytes: number;
  /** Addresses whose rate of requests is remembered; the one quiet for longest makes room. */
  readonly rateLimitedAddresses: number;
  /** TLS sessions kept to be resumed by their ids, with `tls.sessionIds`. */
  readonly tlsSessions: number;
  /** Requests being served at once; above it a request is answered 503 without reaching a node. */
  readonly requestsInFlight: number;
  /** Of these, on one connection, sent without waiting for the answers before (pipelining). */
  readonly requestsPerConnection: number;
  /** WebSocket and other tunnels open at once. */
  readonly tunnels: number;
  /** Connections kept to one node. Requests above it wait for a free one. */
  readonly connectionsPerNode: number;
  /** Requests waiting for a free connection to one node; further ones try the next node. */
  readonly queuedPerNode: number;
  /** Bytes of a request head, request line included; above it 431. */
  readonly headBytes: number;
  /** Header fields of one request; above it 431. */
  readonly headerFields: number;
  /** Bytes of a response head of a node; above it the response is unusable. */
  readonly responseHeadBytes: number;
  /** Bytes of a request body, chunked or not; above it 413. */
  readonly requestBodyBytes: number;
  /**
   * Bytes a second a client has to send of its body on average, once `clientBodyIdleMs` have been
   * spent waiting for it; below it 408. Time in which a node does not read does not count.
   */
  readonly minBodyBytesPerSecond: number;
  /** Bytes of a request body kept for repeating it on another node. */
  readonly replayBytes: number;
  /** Bytes of an unread request body that are read and dropped before the connection is closed. */
  readonly discardBytes: number;
  /** Nodes one request may be sent to. */
  readonly attempts: number;
  /** Values of route cookies looked at in one request. */
  readonly routeCookies: number;
  /** Share of the active requests that may be second or later repetitions of a written request. */
  readonly retryRatio: number;
  /** Such repetitions always allowed at once, so that a quiet balancer can repeat at all. */
  readonly retryFloor: number;
  /** Failovers remembered for the admin page. */
  readonly failoversKept: number;
  /** Bytes of the access log that wait to be written; further lines are dropped and counted. */
  readonly accessLogBytes: number;
  /** Bytes of a request body the admin port reads. */
  readonly adminBodyBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  clientConnections: 16_384,
  connectionsPerAddress: 0,
  proxyHeaderBytes: 4 * 1024,
  rateLimitedAddresses: 65_536,
  tlsSessions: 16_384,
  requestsInFlight: 4_096,
  requestsPerConnection: 32,
  tunnels: 8_192,
  connectionsPerNode: 1_024,
  queuedPerNode: 1_024,
  headBytes: 16 * 1024,
  headerFields: 128,
  responseHeadBytes: 32 * 1024,
  requestBodyBytes: 1024 * 1024 * 1024,
  minBodyBytesPerSecond: 128,
  replayBytes: 64 * 1024,
  discardBytes: 1024 * 1024,
  attempts: 5,
  routeCookies: 8,
  retryRatio: 0.2,
  retryFloor: 8,
  failoversKept: 100,
  accessLogBytes: 1024 * 1024,
  adminBodyBytes: 4 * 1024,
};

/** How long the balancer waits in each phase, in milliseconds. */
export interface Timeouts {
  /** For the PROXY header of a connection from a proxy that sends one; then it is closed. */
  readonly proxyHeaderMs: number;
  /** For a TLS handshake with a client; then the connection is closed. */
  readonly tlsHandshakeMs: number;
  /** For the head of a request, from its first byte (slow-loris). */
  readonly clientHeadMs: number;
  /** For a whole request, body included. */
  readonly clientRequestMs: number;
  /** Between two parts of a request body, as long as we read it (slow POST); then 408. */
  readonly clientBodyIdleMs: number;
  /**
   * For the whole of a chunked body before a node is asked. One that comes in this time and is no
   * larger than `replayBytes` is known to be well-formed when the node sees its first byte.
   */
  readonly bodyHoldMs: number;
  /** For a refused client to read why, while what it still sends is dropped. */
  readonly lingerMs: number;
  /** For the next request on a connection that is kept open. Longer than the edge in front. */
  readonly clientKeepAliveMs: number;
  /** For the TCP handshake with a node. */
  readonly connectMs: number;
  /** For a free connection to a node all of whose connections are in use; then the next node. */
  readonly queueMs: number;
  /** From the last byte of the request until the first byte of the response. */
  readonly firstByteMs: number;
  /**
   * For a request and its response as a whole; 0 sets no bound. Then 504, or the response is cut off.
   * Tunnels and `text/event-stream` are not bounded, which last as long as somebody listens.
   */
  readonly totalMs: number;
  /** Between two bytes of a response, or while the client takes none. */
  readonly bodyIdleMs: number;
  /** The same for tunnels and for `text/event-stream`, which are quiet by nature. */
  readonly tunnelIdleMs: number;
  /** For the second direction of a tunnel after the first has ended. */
  readonly halfClosedMs: number;
  /** For requests in flight after `stop()`; then connections are cut. */
  readonly stopMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  proxyHeaderMs: 3_000,
  tlsHandshakeMs: 10_000,
  clientHeadMs: 10_000,
  clientRequestMs: 300_000,
  clientBodyIdleMs: 30_000,
  bodyHoldMs: 250,
  lingerMs: 2_000,
  clientKeepAliveMs: 75_000,
  connectMs: 1_000,
  queueMs: 1_000,
  firstByteMs: 30_000,
  totalMs: 0,
  bodyIdleMs: 300_000,
  tunnelIdleMs: 3_600_000,
  halfClosedMs: 30_000,
  stopMs: 10_000,
};
