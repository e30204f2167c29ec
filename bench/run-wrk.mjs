// @ts-check
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../scripts/cluster/find-program.mjs';

/** After the time of the run, for it to say what it saw; then it is ended. */
const LATE_MS = 10_000;

/**
 * @param {number} seconds  How long it asks; whole ones.
 * @param {readonly string[]} args
 * @returns {Promise<string>} What it printed.
 */
export async function runWrk(seconds, args) {
  const program = findProgram('wrk');
  if (program === null) throw new Error('wrk is not installed (apt-get install wrk)');
  const { stdout } = await promisify(execFile)(program, [`-d${seconds}s`, ...args], {
    timeout: seconds * 1000 + LATE_MS,
  });
  return stdout;
}
