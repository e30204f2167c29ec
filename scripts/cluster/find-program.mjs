// @ts-check
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps servers in sbin, which a normal user's PATH leaves out. */
const ALSO_SEARCHED = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/**
 * Programs that some tests need and a fresh clone may lack. `files` are tried in order; the shell
 * build of Chromium starts four times as fast as the full one.
 *
 * @type {Readonly<Record<string, { files: readonly string[], variable?: string }>>}
 */
export const OPTIONAL_PROGRAMS = {
  'nats-server': { files: ['nats-server'] },
  'redis-server': { files: ['redis-server'] },
  chromium: { files: ['chromium-headless-shell', 'chromium'], variable: 'CHROMIUM_PATH' },
  haproxy: { files: ['haproxy'] },
  nginx: { files: ['nginx'] },
  varnishtest: { files: ['varnishtest'] },
  openssl: { files: ['openssl'] },
};

/**
 * @param {string} name  One of `OPTIONAL_PROGRAMS`, or the file name of any other program.
 * @param {Readonly<Record<string, string | undefined>>} [environment]  `PATH`; `CHROMIUM_PATH`;
 *   `UNDERSTUDY_WITHOUT`: names, separated by commas, to treat as missing, so that what happens on
 *   a bare machine can be seen on a rich one.
 * @param {readonly string[]} [alsoSearched]  Folders after those of PATH.
 * @returns {string | null} Path of the executable file.
 */
export function findProgram(name, environment = process.env, alsoSearched = ALSO_SEARCHED) {
  if ((environment.UNDERSTUDY_WITHOUT ?? '').split(',').includes(name)) return null;
  const { files, variable } = OPTIONAL_PROGRAMS[name] ?? { files: [name], variable: undefined };
  const chosen = variable === undefined ? undefined : environment[variable];
  if (chosen) return isExecutable(chosen) ? chosen : null;
  const folders = [...(environment.PATH ?? '').split(delimiter), ...alsoSearched].filter(Boolean);
  for (const file of files) {
    for (const folder of folders) {
      const path = join(folder, file);
      if (isExecutable(path)) return path;
    }
  }
  return null;
}

/**
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string[]} Names of the optional programs this machine lacks, in alphabetical order.
 */
export function missingPrograms(environment = process.env) {
  return Object.keys(OPTIONAL_PROGRAMS)
    .filter((name) => findProgram(name, environment) === null)
    .sort();
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
