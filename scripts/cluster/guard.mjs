// @ts-check
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { STOP_MS } from './limits.mjs';

const GUARD_MAIN = fileURLToPath(new URL('./guard-main.mjs', import.meta.url));

/** @type {import('node:child_process').ChildProcess | undefined} */
let guard;

/** @type {Set<number>} */
const watched = new Set();

/**
 * From now on this process ends when we do, even if we are killed with SIGKILL. One guard process
 * serves all; see `guard-main.mjs`.
 *
 * @param {number} pid
 * @returns {() => void} Call it when the process has ended: its pid may be reused.
 */
export function guardProcess(pid) {
  watched.add(pid);
  tell(`watch ${pid}`);
  return () => {
    watched.delete(pid);
    tell(`forget ${pid}`);
  };
}

/** @returns {number | undefined} The guard's own pid, once something is guarded. */
export function guardPid() {
  return guard?.pid;
}

/** @param {string} line */
function tell(line) {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard() {
  const child = spawn(process.execPath, [GUARD_MAIN, String(STOP_MS)], {
    // A group of its own: a signal to the terminal's group must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const stdin = /** @type {import('node:net').Socket} */ (child.stdin);
  stdin.unref();
  stdin.on('error', () => undefined);
  // Somebody ended the guard: the next one learns of everything that still runs.
  child.on('exit', () => {
    if (guard !== child) return;
    guard = undefined;
    for (const pid of watched) tell(`watch ${pid}`);
  });
  return child;
}
