// @ts-check
import { connect } from 'node:net';
import { LauncherError } from './errors.mjs';
import { BUS_PROBE_MS } from './limits.mjs';

/**
 * Takes a bus that somebody else runs, once it has answered.
 *
 * @param {string} url  One, or several of one cluster with commas between them.
 * @returns {Promise<import('./bus.mjs').Bus>}
 * @throws {LauncherError} `ERR_BUS_UNREACHABLE`, `ERR_OPTIONS`
 */
export async function joinBus(url) {
  // Several servers of one cluster: the first says whether the bus is there.
  const [{ hostname, port }] = /** @type {[{ hostname: string, port: number }]} */ (
    url.split(',').map(parseBusUrl)
  );
  await greet(hostname, port).catch((cause) => {
    throw new LauncherError(
      'ERR_BUS_UNREACHABLE',
      `No NATS server answers at ${hostname}:${port} (${cause.message}). ` +
        'Start it, or leave out --nats.',
      { hostname, port, cause },
    );
  });
  const description = `NATS server at ${hostname}:${port}`;
  return { kind: 'external', url, description, process: null, stop: async () => {} };
}

/**
 * @param {string} url  `nats://host`, `nats://host:port` or `host:port`; credentials are allowed.
 * @returns {{ hostname: string, port: number }}
 * @throws {LauncherError} `ERR_OPTIONS`
 */
export function parseBusUrl(url) {
  const text = url.includes('://') ? url : `nats://${url}`;
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || parsed.hostname === '' || !/^(?:nats|tls):$/.test(parsed.protocol)) {
    // The text itself may hold a password, so it is not repeated.
    throw new LauncherError('ERR_OPTIONS', '--nats expects a URL such as nats://127.0.0.1:4222.');
  }
  return { hostname: parsed.hostname, port: Number(parsed.port || 4222) };
}

/**
 * A NATS server speaks first; whoever else listens there is not taken for one.
 *
 * @param {string} host
 * @param {number} port
 * @returns {Promise<void>}
 */
function greet(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: BUS_PROBE_MS });
    /** @param {Error} [error] */
    const finish = (error) => {
      socket.destroy();
      error ? reject(error) : resolve();
    };
    socket.once('timeout', () => finish(new Error(`silent for ${BUS_PROBE_MS} ms`)));
    socket.once('error', finish);
    socket.once('close', () => finish(new Error('closed without a greeting')));
    socket.once('data', (data) =>
      finish(data.subarray(0, 5).toString() === 'INFO ' ? undefined : new Error('not NATS')),
    );
  });
}
