import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'vite';
import { describe, expect, test } from 'vitest';

const KB = 1024;
const core = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const node = fileURLToPath(new URL('../src/node/index.ts', import.meta.url));

/** Bundles a module as an application would, and returns its minified code. */
async function bundle(source: string): Promise<string> {
  const entry: Plugin = {
    name: 'entry',
    resolveId: (id) => (id === 'virtual:entry' ? id : null),
    load: (id) => (id === 'virtual:entry' ? source : null),
  };
  const output = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [entry],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: 'virtual:entry',
        preserveEntrySignatures: 'strict',
        output: { format: 'es' },
      },
    },
  });
  if (Array.isArray(output) || !('output' in output)) throw new Error('expected one bundle');
  expect(output.output).toHaveLength(1);
  return output.output[0].code;
}

const gzipped = (code: string) => gzipSync(code, { level: 9 }).length;

const createClient = `export { createSessionClient, SessionError, isSessionError } from '${core}';`;

describe('minified and gzipped', () => {
  test('the core is at most 4.5 KB', async () => {
    expect(gzipped(await bundle(createClient))).toBeLessThanOrEqual(4.5 * KB);
  });

  test('core and Node entry are at most 7 KB', async () => {
    const both = `${createClient} export { CookieJar, nodeTransport } from '${node}';`;
    expect(gzipped(await bundle(both))).toBeLessThanOrEqual(7 * KB);
  });

  test('the Node entry by itself is at most 2.75 KB', async () => {
    const entry = `export { CookieJar, nodeTransport } from '${node}';`;
    expect(gzipped(await bundle(entry))).toBeLessThanOrEqual(2.75 * KB);
  });

  test('SessionError alone costs next to nothing: the rest is shaken off', async () => {
    const code = await bundle(`export { SessionError, isSessionError } from '${core}';`);
    expect(gzipped(code)).toBeLessThanOrEqual(0.5 * KB);
  });
});

test('no entry needs anything but the platform', async () => {
  const code = await bundle(`export * from '${core}'; export * from '${node}';`);
  expect(code).not.toMatch(/\bimport\b|\brequire\(/);
});
