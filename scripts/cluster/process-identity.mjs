// @ts-check
import { readFileSync } from 'node:fs';

/**
 * The fields of Linux's `/proc/<pid>/stat` after the command, which may itself hold spaces and
 * parentheses. Index 0 is field 3 of proc(5), the state.
 *
 * @param {string} stat
 * @returns {string[]}
 */
export function parseStat(stat) {
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
}

/**
 * @param {number | 'self'} pid
 * @returns {string[] | null} Null where there is no /proc, or no such process.
 */
export function readStat(pid) {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Together with the pid this names one process for good, where the pid alone may be reused.
 *
 * @param {number} pid
 * @returns {string | null} Clock ticks since boot (proc(5), field 22); null where not known.
 */
export function startTime(pid) {
  return readStat(pid)?.[19] ?? null;
}

/**
 * @param {number} pid
 * @returns {boolean} A zombie, ended but not yet reaped by its parent, counts as ended.
 */
export function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, but as somebody else.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return readStat(pid)?.[0] !== 'Z';
}
