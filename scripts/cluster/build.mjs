// @ts-check
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LauncherError } from './errors.mjs';
import { ROOT } from './paths.mjs';

/** More than a few screens of compiler errors helps nobody. */
const SHOWN_CHARACTERS = 20_000;

/**
 * Compiles whatever has changed. Silent, unless it fails.
 *
 * @returns {Promise<void>}
 * @throws {LauncherError} `ERR_BUILD_FAILED`, with what the compiler said.
 */
export async function build() {
  const require = createRequire(import.meta.url);
  const turbo = join(dirname(require.resolve('turbo/package.json')), 'bin', 'turbo');
  const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--log-order=grouped'];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-SHOWN_CHARACTERS);
    });
  }
  /** @type {number | null} */
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new LauncherError('ERR_BUILD_FAILED', `The build failed.\n${said.trim()}`, { code });
  }
}
