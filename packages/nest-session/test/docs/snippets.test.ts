import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DynamicModule, Type } from '@nestjs/common';
import { afterAll, describe, expect, test } from 'vitest';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';
import {
  findForeignSnippets,
  findSnippets,
  isSettings,
  SnippetFolder,
  snippetsOf,
} from './snippets.js';

const TYPESCRIPT = import.meta.resolve('typescript/package.json');
const TSC = fileURLToPath(new URL('./bin/tsc', TYPESCRIPT));

const snippets = findSnippets();
const foreign = findForeignSnippets();
const folder = new SnippetFolder([...snippets, ...foreign]);

afterAll(() => folder.remove());

test('the examples of the documentation compile', { timeout: 120_000 }, async () => {
  expect(snippets.length).toBeGreaterThan(3);
  expect(new Set(foreign.map(({ place }) => place.replace(/:\d+$/, '')))).toEqual(
    new Set(['/README.md', '/packages/client/README.md', '/apps/balancer/README.md']),
  );
  const run = promisify(execFile)(process.execPath, [TSC, '-p', folder.path]);
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

/** Starts what an example calls its application, and asks for its first page. */
async function startPage(AppModule: Type<unknown>, adapter: Adapter): Promise<number> {
  const running = await startApp({ adapter, controllers: [], module: { module: AppModule } });
  try {
    return (await running.browser().fetch('/')).status;
  } finally {
    await running.close();
  }
}

interface Exports {
  readonly AppModule?: Type<unknown>;
  readonly settings?: DynamicModule;
}

const isOfTests = (code: string) => /^test\('/m.test(code);

/** Examples that need more than an application and a page: the file that runs them. */
const RUN_ELSEWHERE = [
  { names: 'registerSessionMetrics', by: 'running-examples.test.ts', hasPage: false },
  { names: 'attachSession', by: 'running-examples.test.ts', hasPage: false },
  { names: 'asGuard', by: 'passport.test.ts', hasPage: true },
];

// What is imported here registers the tests that an example consists of.
for (const snippet of snippets.filter(({ isFragment }) => !isFragment)) {
  describe(snippet.place, async () => {
    const elsewhere = RUN_ELSEWHERE.find(({ names }) => snippet.code.includes(names));
    const { AppModule } = (await import(folder.fileOf(snippet))) as Exports;
    test('is run, by tests of its own or of another file, or as an application', () => {
      const ways = [isOfTests(snippet.code), elsewhere !== undefined, AppModule !== undefined];
      expect(ways).toContain(true);
    });
    if (elsewhere) {
      test('is named where it is run', () => {
        const text = readFileSync(new URL(elsewhere.by, import.meta.url), 'utf8');
        expect(text).toContain(elsewhere.names);
      });
    }
    if (!AppModule || elsewhere?.hasPage === false) return;
    test.each(ADAPTERS)('is an application that serves its first page on %s', async (adapter) => {
      expect(await startPage(AppModule, adapter)).toBe(200);
    });
  });
}

const settings = snippets.filter(isSettings);

test('some fragments are settings, and are started with', () => {
  expect(settings.length).toBeGreaterThan(3);
});

describe.each(settings)('$place', (snippet) => {
  test.each(ADAPTERS)('is what an application starts and serves with on %s', async (adapter) => {
    const { settings: module } = (await import(folder.fileOf(snippet))) as Exports;
    if (!module) throw new Error(`${snippet.place} exports nothing`);
    const running = await startApp({ adapter, controllers: [shopController()], module });
    try {
      expect((await running.browser().post('/cart/tea')).status).toBe(200);
    } finally {
      await running.close();
    }
  });
});

test('finds blocks with their lines, and tells fragments from examples', () => {
  const page = [
    'text\n\n```ts\nlet a;\n```\n```json\n{}\n```\n',
    '```ts fragment\nb();\n```\n```ts c.ts\nc();\n```\n',
  ].join('');
  expect(snippetsOf('page.md', page)).toEqual([
    { place: 'page.md:3', code: 'let a;\n', isFragment: false },
    { place: 'page.md:9', code: 'b();\n', isFragment: true },
    { place: 'page.md:12', code: 'c();\n', isFragment: false, fileName: 'c.ts' },
  ]);
});
