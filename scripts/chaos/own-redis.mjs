// @ts-check
import { LauncherError } from '../cluster/errors.mjs';
import { findProgram } from '../cluster/find-program.mjs';
import { STOP_MS } from '../cluster/limits.mjs';
import { ManagedProcess } from '../cluster/managed-process.mjs';
import { freePorts } from './free-ports.mjs';

/**
 * A Redis for one run, in memory only: what all nodes have forgotten is there or nowhere.
 *
 * @param {string} directory  Where it would write, if it did.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 * @throws {LauncherError} `ERR_PROGRAM_MISSING`, or why it did not start
 */
export async function startOwnRedis(directory) {
  const command = findProgram('redis-server');
  if (command === null) {
    const message = 'redis-server is neither on PATH nor in /usr/sbin. Install it.';
    throw new LauncherError('ERR_PROGRAM_MISSING', message, { program: 'redis-server' });
  }
  const [port] = await freePorts(1);
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    directory,
  ];
  const child = new ManagedProcess({
    name: 'redis-server',
    command,
    args: [...settings, '--appendonly', 'no', '--maxmemory-policy', 'noeviction'],
    ownGroup: true,
  });
  await child.waitForLine(/Ready to accept connections/);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => void (await child.stop(STOP_MS)),
  };
}
