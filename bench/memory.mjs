// @ts-check
// What copies cost: `node bench/memory.mjs [--records 200000] [--changes 200000]`. See README.md.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The young generation has its full size from the beginning. Else it doubles while the node receives,
 * and 16 MiB that every node takes sooner or later count as if the copies had taken them.
 */
const FLAGS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16'];

const keeper = fileURLToPath(new URL('memory-keeper.mjs', import.meta.url));
const child = spawn(process.execPath, [...FLAGS, keeper, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
