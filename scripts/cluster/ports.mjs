// @ts-check
import { createServer } from 'node:net';
import { LauncherError } from './errors.mjs';

/**
 * Fails early, and in the user's words, where the process itself would only print EADDRINUSE.
 *
 * @param {{ host: string, port: number, what: string, flag: string }} wanted  0 is always free.
 * @returns {Promise<void>}
 * @throws {LauncherError} `ERR_PORT_TAKEN`, `ERR_PORT_UNUSABLE`
 */
export function assertPortFree({ host, port, what, flag }) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      const taken = error.code === 'EADDRINUSE';
      const why = taken ? 'is taken by another program' : `cannot be used (${error.code})`;
      reject(
        new LauncherError(
          taken ? 'ERR_PORT_TAKEN' : 'ERR_PORT_UNUSABLE',
          `Port ${port}, wanted for the ${what}, ${why}. Choose another with ${flag} <port>.`,
          { port, flag, cause: error },
        ),
      );
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
