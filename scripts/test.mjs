// @ts-check
// `npm test`: build (the end-to-end tests run what was built), all tests, one line on what was
// skipped. Arguments go to vitest: `npm test -- packages/client`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from './cluster/build.mjs';
import { explainError } from './cluster/errors.mjs';
import { missingPrograms } from './cluster/find-program.mjs';
import { ROOT } from './cluster/paths.mjs';
import { skippedLine, strictFailure } from './test/skipped-line.mjs';

const missing = missingPrograms();

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explainError(error));
  process.exitCode = 1;
}

/** @returns {Promise<number>} */
async function main() {
  const refusal = strictFailure(missing, process.env);
  if (refusal !== null) {
    console.error(refusal);
    return 1;
  }
  await build();
  const code = await runVitest(process.argv.slice(2));
  console.log(skippedLine(missing));
  return code;
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} The exit code of vitest; 1 when a signal ended it.
 */
function runVitest(args) {
  const require = createRequire(import.meta.url);
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: ROOT, stdio: 'inherit' });
  // Ctrl-C reaches vitest as well; its summary and our line should still be printed.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
