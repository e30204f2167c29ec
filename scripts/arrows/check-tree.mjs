// @ts-check
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findImports } from './find-imports.mjs';
import { findMachinePaths } from './machine-paths.mjs';
import { judgeImport, packageOf } from './rules.mjs';

const IGNORED_FOLDERS = new Set([
  '.git',
  '.turbo',
  '.understudy',
  'coverage',
  // Installed by scripts/fixture.mjs, with packages that are nobody's dependencies.
  '.fixtures',
  'dist',
  'node_modules',
]);

/** Larger files are data. */
const MAX_FILE_BYTES = 1_000_000;

const PARSED = /\.[cm]?[jt]sx?$/;
const TEXT =
  /\.(?:[cm]?[jt]sx?|json|md|ya?ml|conf|cfg|html|css|sh|txt)$|(?:^|\/)[^./]+$|\.ci\/run$/;

/**
 * @typedef {object} Violation
 * @property {string} path
 * @property {number} line
 * @property {string} message
 */

/**
 * Reads every source file under `root` and holds it against the rules.
 *
 * @param {string} root
 * @returns {Violation[]}
 */
export function checkTree(root) {
  const dependencies = readDependencies(root);
  return listFiles(root).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [
      ...(PARSED.test(path) ? checkImports(path, text, dependencies) : []),
      ...findMachinePaths(text, [root, homedir()]).map(({ line, found }) => ({
        path,
        line,
        message: `${found} exists on one machine only`,
      })),
    ];
  });
}

/**
 * @param {string} path
 * @param {string} text
 * @param {ReadonlyMap<string, readonly string[]>} dependencies
 * @returns {Violation[]}
 */
function checkImports(path, text, dependencies) {
  const home = packageOf(path);
  const file = { path, dependencies: (home !== null && dependencies.get(home)) || [] };
  return findImports(path, text).flatMap(({ specifier, line }) => {
    const message = judgeImport(file, specifier);
    return message === null ? [] : [{ path, line, message: `${specifier}: ${message}` }];
  });
}

/**
 * @param {string} root
 * @returns {Map<string, string[]>} By folder of the package; its own name is included.
 */
function readDependencies(root) {
  /** @type {Map<string, string[]>} */
  const byFolder = new Map();
  for (const group of ['packages', 'apps']) {
    for (const name of listFolder(join(root, group))) {
      const manifest = readJson(join(root, group, name, 'package.json'));
      if (manifest === null) continue;
      const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
      const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
      byFolder.set(`${group}/${name}`, [manifest.name, ...Object.keys(declared)]);
    }
  }
  return byFolder;
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}

/** @param {string} path */
function listFolder(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * @param {string} root
 * @param {string} [folder]
 * @returns {string[]} Relative paths with forward slashes, sorted.
 */
function listFiles(root, folder = '') {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return IGNORED_FOLDERS.has(entry.name) ? [] : listFiles(root, path);
      const readable = entry.isFile() && TEXT.test(path);
      return readable && statSync(join(root, path)).size <= MAX_FILE_BYTES ? [path] : [];
    });
}
