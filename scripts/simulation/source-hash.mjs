// @ts-check
// What a clean seed says something about: the code that nodes run, whatever the commit is called.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { REPLICATION } from './bundle.mjs';

const FOLDERS = ['src/codec', 'src/core', 'src/placement'];

/** @returns {string} Of all sources of the engine that are not tests, in the order of their paths. */
export function hashOfEngine() {
  const hash = createHash('sha256');
  for (const path of FOLDERS.flatMap(sourcesIn)) {
    hash.update(`${relative(REPLICATION, path).split(sep).join('/')}\n`);
    // As it is in the repository, whatever a checkout made of its line ends.
    hash.update(readFileSync(path, 'utf8').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesIn(folder) {
  return readdirSync(join(REPLICATION, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => join(REPLICATION, folder, path))
    .sort((a, b) => (a < b ? -1 : 1));
}
