import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['nest-session/src', 'nest-session/test', 'replication/test'];

/** A title, or the template of one: `(ASVS 7.3.1, 7.3.2)`. */
const NAMED = /\(ASVS ((?:\d+\.\d+\.\d+)(?:, \d+\.\d+\.\d+)*)\)/g;
const ID = /\d+\.\d+\.\d+/g;

/** The files whose tests name an id in a title, by id. Ids in comments do not count. */
export function idsInTitles(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const folder of FOLDERS) {
    const files = readdirSync(join(PACKAGES, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files) {
      if (!file.endsWith('.test.ts')) continue;
      const path = join(PACKAGES, folder, file);
      for (const id of idsIn(readFileSync(path, 'utf8'))) {
        found.set(id, [...(found.get(id) ?? []), relative(PACKAGES, path)]);
      }
    }
  }
  return found;
}

/** The ids in titles of one file. */
export function idsIn(source: string): readonly string[] {
  const titles = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  return [...titles.matchAll(NAMED)].flatMap(([, ids = '']) => ids.match(ID) ?? []);
}
