import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));

let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  // Below the sources' dependencies, where Node finds them.
  folder = await mkdtemp(join(HERE, '../../../../node_modules/.alone-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: join(HERE, 'alone-program.ts'),
      outDir: folder,
      target: 'es2023',
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
});
afterEach(() => child?.kill('SIGKILL'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const program = spawn(process.execPath, [join(folder, 'program.mjs'), ...args]);
  child = program;
  let said = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const [code, signal] = await once(program, 'close');
  return { said, code, signal };
}

/** Each ends by itself, or the test does not. */
describe('a program that does nothing but start a node', () => {
  it('stays until the node has started, and is not kept by the idle node', async () => {
    expect(await run()).toEqual({ said: 'started: active\n', code: 0, signal: null });
  });

  it('stays until the start has failed, and is not kept by the failed node', async () => {
    const said = 'not started: the bus is gone\n';
    expect(await run('refused')).toEqual({ said, code: 0, signal: null });
  });
});
