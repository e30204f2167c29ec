import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningTest, TestReader } from './read-tests.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const FOLDERS = [
  'packages/nest-session/src',
  'packages/nest-session/test',
  'packages/replication/test',
  'apps/demo-shop/test',
];

export interface NamedTest extends RunningTest {
  readonly file: string;
}

/** The tests that run and name an id in a title, by id. Ids in comments do not count. */
export function testsByAsvsId(): ReadonlyMap<string, readonly NamedTest[]> {
  const found = new Map<string, NamedTest[]>();
  for (const folder of FOLDERS) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const name of files) {
      if (!name.endsWith('.test.ts')) continue;
      const path = join(ROOT, folder, name);
      const source = readFileSync(path, 'utf8');
      // To parse all of them takes seconds.
      if (!source.includes('(ASVS ')) continue;
      for (const test of new TestReader(source).read()) {
        const named = { ...test, file: relative(ROOT, path) };
        for (const id of test.ids) found.set(id, [...(found.get(id) ?? []), named]);
      }
    }
  }
  return found;
}
