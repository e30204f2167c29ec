// @ts-check
// The simulator and the engine as one module, made from the sources as they are, or as a mutant has
// them. So what runs is never an old build, and no switch for mutants exists in the sources.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { ROOT } from '../cluster/paths.mjs';

export const REPLICATION = join(ROOT, 'packages/replication');
/** Of this process alone: two of them may run at the same time. */
const OUTPUT = join(REPLICATION, '.understudy', String(process.pid));
process.once('exit', () => rmSync(OUTPUT, { recursive: true, force: true }));

/** @typedef {{ file: string, find: string, replace: string }} Edit A path below `src`. */

/**
 * @param {string} name Of the folder below `.understudy` that it is written to.
 * @param {readonly Edit[]} edits
 * @returns {Promise<string>} Its address, to be imported.
 */
export async function bundle(name, edits = []) {
  const outDir = join(OUTPUT, name);
  const open = new Set(edits);
  await build({
    configFile: false,
    root: REPLICATION,
    logLevel: 'error',
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(code, id) {
          let changed = code;
          for (const edit of edits) {
            if (id !== join(REPLICATION, 'src', edit.file)) continue;
            changed = applyEdit(changed, edit);
            open.delete(edit);
          }
          return changed === code ? null : changed;
        },
      },
    ],
    build: {
      ssr: 'src/simulation/index.ts',
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'simulation.mjs' } },
    },
  });
  for (const { file } of open)
    throw new Error(`${name}: src/${file} is not part of the simulation`);
  const path = join(outDir, 'simulation.mjs');
  if (!existsSync(path)) throw new Error(`${name}: nothing was built`);
  return pathToFileURL(path).href;
}

/**
 * @param {string} code
 * @param {Edit} edit
 */
export function applyEdit(code, { file, find, replace }) {
  const parts = code.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(
    `src/${file} has the text of a mutant ${parts.length - 1} times, not once; bring the mutant up to date:\n${find}`,
  );
}
