import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { startShopServer } from './shop-server.js';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test('the Node example of the README runs as it stands, on plain Node', async () => {
  const readme = await readFile(pathOf('../README.md'), 'utf8');
  const example = /## In Node\n\n```ts\n(.+?)```/s.exec(readme)?.[1];
  expect(example).toContain('createSessionClient');
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  const shop = await startShopServer();
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      plugins: [
        {
          name: 'example',
          enforce: 'pre',
          resolveId: (id) => (id === 'virtual:example.ts' ? id : null),
          load: (id) => (id === 'virtual:example.ts' ? (example ?? '') : null),
        },
      ],
      resolve: {
        alias: [
          { find: '@understudy/client/node', replacement: pathOf('../src/node/index.ts') },
          { find: '@understudy/client', replacement: pathOf('../src/index.ts') },
        ],
      },
      // A browser has no process; this is for Node.
      define: { 'process.env': 'process.env' },
      build: {
        outDir: folder,
        target: 'es2023',
        modulePreload: false,
        rolldownOptions: {
          input: 'virtual:example.ts',
          output: { format: 'es', entryFileNames: 'example.mjs' },
        },
      },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')], {
      env: { ...process.env, SHOP_URL: shop.url },
      timeout: 15_000,
    });
    expect(stdout).toBe('201 { id: 1 } { attempts: 1, wasRemembered: false }\n');
  } finally {
    await shop.close();
    await rm(folder, { recursive: true });
  }
});
