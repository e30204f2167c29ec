import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';

export interface BuiltProgram {
  readonly file: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** Makes one file of a program beside this one, from the sources; its dependencies stay where they are. */
export async function buildProgram(name: string): Promise<BuiltProgram> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  // Below the package, where its dependencies are found.
  const folder = await mkdtemp(join(here, '../../node_modules/.program-'));
  await build({
    configFile: false,
    logLevel: 'error',
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    ssr: {
      noExternal: ['@understudy/replication'],
      resolve: { conditions: ['@understudy/source', ...defaultServerConditions] },
    },
    build: {
      ssr: join(here, `${name}.ts`),
      outDir: folder,
      target: 'es2023',
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return {
    file: join(folder, `${name}.mjs`),
    folder,
    remove: () => rm(folder, { recursive: true }),
  };
}
