/** Where a transport reports what no caller can be told; the console and Nest's `Logger` fit. */
export interface TransportLogger {
  warn(message: string): void;
}

/** Default logger: a process warning, which Node prints once with its name. */
export const processWarnings: TransportLogger = {
  warn: (message) => process.emitWarning(message, 'UnderstudyTransport'),
};

/**
 * Runs a callback of the application. An exception must not escape into the loop that delivers to
 * the other subscribers: in the NATS client it would end the reading of the socket.
 */
export function guarded(logger: TransportLogger, what: string, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    logger.warn(
      `${what} threw: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    );
  }
}
