import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { checkTree } from '../../scripts/arrows/check-tree.mjs';
import { findImports } from '../../scripts/arrows/find-imports.mjs';
import { findMachinePaths } from '../../scripts/arrows/machine-paths.mjs';
import { judgeImport } from '../../scripts/arrows/rules.mjs';

const ENGINE = 'packages/replication/src';

describe('findImports', () => {
  it('sees every way to name a module, with its line, and nothing in comments or strings', () => {
    const text = [
      "import a, { type B } from 'one';",
      "// import x from 'comment';",
      'const s = "import x from \'string\'"; const r = /[\'"]/;',
      "import type { C } from 'two';",
      'export * from "three";',
      "export { d } from 'four';",
      "const e = await import('five');",
      "type F = import('six').F;",
      "import g = require('seven');",
      "const h = require('eight');",
      "import 'nine';",
      '@Injectable() class I { constructor(@Inject() private readonly a: B) {} }',
      '/* import {',
      "y } from 'comment'; */",
    ].join('\n');
    expect(findImports('a.ts', text).map(({ specifier, line }) => [specifier, line])).toEqual([
      ['one', 1],
      ['two', 4],
      ['three', 5],
      ['four', 6],
      ['five', 7],
      ['six', 8],
      ['seven', 9],
      ['eight', 10],
      ['nine', 11],
    ]);
  });

  it('refuses a file it cannot read, instead of passing it', () => {
    expect(() => findImports('a.ts', 'import {')).toThrow(SyntaxError);
  });
});

describe('the order of the house', () => {
  const judge = (path: string, specifier: string, dependencies: string[] = []) =>
    judgeImport({ path, dependencies }, specifier);

  it.each([
    [`${ENGINE}/core/step.ts`, './values.js'],
    [`${ENGINE}/core/step.ts`, '../placement/rank.js'],
    [`${ENGINE}/core/step.ts`, '../errors.js'],
    [`${ENGINE}/core/links/link.ts`, '../values.js'],
    [`${ENGINE}/core/step.test.ts`, 'vitest'],
    [`${ENGINE}/codec/frame.ts`, 'node:zlib'],
    [`${ENGINE}/codec/frame.ts`, 'msgpackr'],
    [`${ENGINE}/codec/frame.ts`, '../core/values.js'],
    [`${ENGINE}/node/shell.ts`, 'node:crypto'],
    [`${ENGINE}/node/shell.ts`, '../core/step.js'],
    ['packages/nest-session/src/a.ts', '@understudy/replication/placement'],
    ['packages/client/src/node/jar.ts', 'node:http'],
    ['packages/client/test/wire.test.ts', '../../../test/find-program.mjs'],
    ['apps/demo-shop/src/main.ts', '@understudy/nest-session'],
  ])('%s may import %s', (path, specifier) => {
    const dependencies = ['@understudy/nest-session', '@understudy/replication', 'msgpackr'];
    expect(judge(path, specifier, dependencies)).toBeNull();
  });

  const IO = [
    'fs',
    'net',
    'http',
    'https',
    'tls',
    'dgram',
    'child_process',
    'cluster',
    'worker_threads',
    'crypto',
    'timers',
    'timers/promises',
    'perf_hooks',
  ];
  it.each(['core', 'placement', 'codec'])('%s does no I/O', (folder) => {
    for (const module of IO) {
      const path = `${ENGINE}/${folder}/a.ts`;
      expect(judge(path, `node:${module}`), module).toMatch(/is pure and may import/);
      expect(judge(path, module), module).toMatch(/is pure and may import/);
    }
  });

  it.each([
    [`${ENGINE}/core/step.ts`, '../codec/frame.js', /core\/ is pure/],
    [`${ENGINE}/core/step.ts`, '../node/shell.js', /core\/ is pure/],
    [`${ENGINE}/core/step.ts`, 'msgpackr', /core\/ is pure/],
    [`${ENGINE}/core/step.ts`, '@nats-io/transport-node', /core\/ is pure/],
    [`${ENGINE}/placement/rank.ts`, '../core/values.js', /placement\/ is pure/],
    [`${ENGINE}/placement/rank.ts`, '../errors.js', /may import itself alone/],
    [`${ENGINE}/codec/frame.ts`, '../node/shell.js', /codec\/ is pure/],
    [`${ENGINE}/codec/frame.ts`, 'node:buffer', /codec\/ is pure/],
    [`${ENGINE}/errors.ts`, 'node:fs', /is pure/],
    [`${ENGINE}/node/shell.ts`, '@nestjs/common', /neither Nest nor HTTP/],
    [`${ENGINE}/node/shell.ts`, 'node:http', /neither Nest nor HTTP/],
    ['packages/client/src/a.ts', '@understudy/replication', /the arrows run the other way/],
    ['packages/client/src/a.ts', 'undici', /not among the dependencies/],
    ['packages/nest-session/src/a.ts', '@understudy/client', /the arrows run the other way/],
    ['packages/nest-session/src/a.ts', 'express', /not among the dependencies/],
    ['apps/balancer/src/a.ts', '@understudy/replication/src/core/step.js', /into the files/],
    ['apps/balancer/test/a.test.ts', '@understudy/replication/dist/x.js', /into the files/],
    ['apps/balancer/src/a.ts', '../../demo-shop/src/main.js', /reaches out of apps\/balancer/],
    ['apps/balancer/src/a.ts', '../../../scripts/x.mjs', /reaches out of apps\/balancer/],
  ])('%s must not import %s', (path, specifier, message) => {
    expect(judge(path, specifier, ['@understudy/replication', '@nestjs/common'])).toMatch(message);
  });
});

describe('paths of one machine', () => {
  // Put together here, or this file would be its own violation.
  const home = (folder: string) => ['', folder, 'ada', 'x'].join('/');

  it.each([
    [home('home')],
    [home('Users')],
    [['C:', 'Users', 'ada'].join('\\')],
    [`read "${home('root')}"`],
  ])('%s is one', (text) => {
    expect(findMachinePaths(`fine\n${text}`, [])).toMatchObject([{ line: 2 }]);
  });

  it.each([
    'GET /users/ada',
    '/usr/sbin/nats-server',
    '/etc/nats/nats.conf',
    'C:/',
    'https://a/b',
    '/app/dist/main.js',
  ])('%s is none', (text) => {
    expect(findMachinePaths(text, ['/', '/app'])).toEqual([]);
  });

  it('is the folder of this checkout, wherever that is', () => {
    expect(findMachinePaths('cd /srv/checkout/x', ['/srv/checkout'])).toHaveLength(1);
  });
});

describe('check-arrows', () => {
  const trees: string[] = [];
  afterEach(() => {
    for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
  });

  function plant(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'understudy-arrows-'));
    trees.push(root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  it('prints each violation with file and line, and fails', () => {
    const root = plant({
      'packages/replication/package.json': '{ "name": "@understudy/replication" }',
      [`${ENGINE}/core/step.ts`]:
        "import './values.js';\nimport { readFileSync } from 'node:fs';\n",
      [`${ENGINE}/core/step.test.ts`]: "import 'node:fs';",
      'node_modules/x/index.js': "import '@understudy/client/src/x.js';",
    });
    const script = fileURLToPath(new URL('../../scripts/check-arrows.mjs', import.meta.url));
    const run = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^packages\/replication\/src\/core\/step\.ts:2 node:fs: .*is pure/),
      '1 violations of the order of the house',
    ]);
  });

  it('knows what the package.json of each package allows', () => {
    const manifest = { name: '@understudy/balancer', dependencies: { undici: '7' } };
    const root = plant({
      'apps/balancer/package.json': JSON.stringify(manifest),
      'apps/balancer/src/main.ts': "import 'undici';\nimport 'ioredis';\n",
      'docs/notes.md': `see ${someHome()}`,
    });
    expect(checkTree(root)).toEqual([
      expect.objectContaining({ path: 'apps/balancer/src/main.ts', line: 2 }),
      expect.objectContaining({ path: 'docs/notes.md', line: 1 }),
    ]);
  });
});

function someHome(): string {
  return ['', 'home', 'ada', 'notes'].join('/');
}
