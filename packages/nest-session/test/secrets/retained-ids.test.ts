import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { expect, test } from 'vitest';

test('no id stays in memory because its cookies were read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heap-'));
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: fileURLToPath(new URL('./heap-program.ts', import.meta.url)),
        outDir: folder,
        target: 'es2023',
      },
    });
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const program = join(folder, 'heap-program.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ found: 0, control: true, kept: 1, size: 40 });
  } finally {
    await rm(folder, { recursive: true });
  }
});
