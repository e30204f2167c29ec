import { readFile } from 'node:fs/promises';
import type { Report } from '../config/field.js';

/** The text of a file that the configuration names under `key`; undefined, and reported, if it cannot be read. */
export async function readNamedFile(
  key: string,
  path: string,
  report: Report,
): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const expected = `a file that can be read (${code})`;
    report({ where: '', path: key, shown: JSON.stringify(path), expected });
    return undefined;
  }
}
