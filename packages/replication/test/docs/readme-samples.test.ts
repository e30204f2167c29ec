import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../transport/free-port.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const TYPESCRIPT = import.meta.resolve('typescript/package.json');
const TSC = fileURLToPath(new URL('./bin/tsc', TYPESCRIPT));
const IN_TIME = { timeout: 60_000 };

/** Blocks that stand by themselves; others show parts of something and import nothing. */
const samples = [
  ...readFileSync(join(PACKAGE, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms),
]
  .map(([, code]) => code as string)
  .filter((code) => /^await cluster\.stop|process\.once/m.test(code));

/** In a folder from which the package is found under its own name. */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(PACKAGE, '.snippets-'));
  samples.forEach((code, at) => {
    writeFileSync(join(folder, `sample-${at}.ts`), code);
  });
  const tsconfig = {
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      types: ['node'],
      outDir: 'js',
      rootDir: '.',
      customConditions: [],
      declaration: false,
      declarationMap: false,
    },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the samples of README', () => {
  test('are found, and compile', async () => {
    expect(samples).toHaveLength(3);
    const run = promisify(execFile)(process.execPath, [TSC, '-p', folder]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  test('the first one runs to its end', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(folder, 'js', 'sample-0.js'),
    ]);
    expect(stdout).toBe('0\n');
  });

  test.each([
    ['Express', 1],
    ['Fastify', 2],
  ])('the one for %s serves sessions, and leaves when it is told to', async (_name, at) => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port) };
    const child = spawn(process.execPath, [join(folder, 'js', `sample-${at}.js`)], { env });
    const gone = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = `http://localhost:${port}/`;
    const first = await vi.waitFor(() => fetch(url), IN_TIME);
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(await first.json()).toEqual({ visits: 1 });
    const second = await fetch(url, { headers: { cookie, connection: 'close' } });
    expect(await second.json()).toEqual({ visits: 2 });
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
});
