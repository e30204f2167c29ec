// @ts-check
import { readStat } from '../cluster/process-identity.mjs';

// The fields of proc(5)'s stat from the state (field 3) on.
const PROCESS_GROUP = 5 - 3;
const FOREGROUND_GROUP = 8 - 3;

/**
 * @param {readonly string[] | null} stat  As `parseStat` gives it; null where there is no /proc.
 * @returns {boolean} Whether the terminal's keys belong to this process group. A job in the
 *   background that touched the terminal's mode would be stopped by the kernel (SIGTTOU).
 */
export function isForeground(stat) {
  return stat === null || stat[PROCESS_GROUP] === stat[FOREGROUND_GROUP];
}

/**
 * Hands single key presses to `onKey` while this process is in the foreground of a terminal.
 * Ctrl-C arrives as the key `\u0003`, Ctrl-Z suspends as usual.
 *
 * @param {(key: string) => void} onKey
 * @returns {{ listening: boolean, close: () => void }}
 */
export function readKeys(onKey) {
  const { stdin } = process;
  if (!stdin.isTTY || !isForeground(readStat('self'))) {
    return { listening: false, close: () => undefined };
  }
  const onData = (/** @type {Buffer} */ data) => {
    for (const key of data.toString('utf8')) {
      if (key === '\u001a') suspend();
      else onKey(key);
    }
  };
  const suspend = () => {
    stdin.setRawMode(false);
    // The whole job, as the terminal itself would do: a shell that waits for npm must see it stop.
    process.kill(0, 'SIGTSTP');
  };
  const onContinue = () => {
    // After `bg` the terminal is somebody else's; after `fg` another SIGCONT follows.
    if (isForeground(readStat('self'))) stdin.setRawMode(true);
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  process.on('SIGCONT', onContinue);
  return {
    listening: true,
    close: () => {
      process.off('SIGCONT', onContinue);
      stdin.off('data', onData);
      if (isForeground(readStat('self'))) stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
