import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';

/** A Node process that runs `source`; what the launcher manages, reduced to a few lines. */
export function toyProgram(source: string, env: Record<string, string> = {}): ManagedProcess {
  return new ManagedProcess({
    name: 'toy',
    command: process.execPath,
    args: ['--input-type=module', '-e', source],
    env,
  });
}

/** Stays alive until somebody ends it. */
export const STAY = 'setInterval(() => {}, 1000);';

/** Does not let SIGTERM end it. */
export const STUBBORN = "process.on('SIGTERM', () => console.log('no'));";

/** Says that it listens, as the shop does. */
export const READY = "console.log('toy listening on http://127.0.0.1:1');";
