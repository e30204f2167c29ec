/** What is used of an HTTP server; one of HTTP/2 does without `closeIdleConnections`. */
export interface ClosingServer {
  readonly listening: boolean;
  closeIdleConnections?(): void;
  once(event: 'close', listener: () => void): unknown;
}

const LOOK_MS = 50;

/**
 * Closes connections as they become idle once the server closes. Node does so in that one moment (the
 * failure prevented: the client of a download that ends later keeps its connection, and the shutdown waits
 * for `keepAliveTimeout`, 72 s on Fastify, or is killed before). While the server still takes connections
 * it does nothing.
 */
export function closeIdleConnectionsOf(server: ClosingServer): void {
  if (!server.listening) return;
  const timer = setInterval(() => {
    if (!server.listening) server.closeIdleConnections?.();
  }, LOOK_MS);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
