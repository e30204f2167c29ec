import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const SOURCE = new URL('../../src/transport/embedded/', import.meta.url);
const entry = (name: string) => fileURLToPath(new URL(`${name}.ts`, SOURCE));

export interface BuiltBus {
  /** Runs as `understudy-bus`. */
  readonly program: string;
  /** Exports `embeddedBus`. */
  readonly module: string;
  remove(): void;
}

/** Builds the embedded bus as it is now, so that it runs in plain Node. */
export async function buildBus(): Promise<BuiltBus> {
  const directory = mkdtempSync(join(tmpdir(), 'understudy-bus-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: true,
      outDir: directory,
      rolldownOptions: {
        input: { main: entry('main'), 'bus-process': entry('bus-process') },
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  return {
    program: join(directory, 'main.js'),
    module: join(directory, 'bus-process.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
