import { afterAll, beforeAll } from 'vitest';
import { type BuiltProgram, buildProgram } from '../../../../test/build-program.js';

/** Builds a program of this package before the tests of the file that imports this; returns its path. */
export function useProgram(entry: URL): () => string {
  let program: BuiltProgram | undefined;
  beforeAll(async () => {
    program = await buildProgram(entry, new URL('../../', import.meta.url));
  });
  afterAll(() => program?.remove());
  return () => {
    if (program === undefined) throw new Error(`${entry.pathname} has not been built`);
    return program.file;
  };
}
