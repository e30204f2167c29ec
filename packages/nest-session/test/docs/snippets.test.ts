import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, describe, expect, test } from 'vitest';
import { ADAPTERS, type Adapter } from '../support/start-app.js';
import { findSnippets, SnippetFolder, snippetsOf } from './snippets.js';

const TYPESCRIPT = import.meta.resolve('typescript/package.json');
const TSC = fileURLToPath(new URL('./bin/tsc', TYPESCRIPT));

const snippets = findSnippets();
const folder = new SnippetFolder(snippets);

afterAll(() => folder.remove());

test('the examples of the documentation compile', { timeout: 120_000 }, async () => {
  expect(snippets.length).toBeGreaterThan(3);
  const run = promisify(execFile)(process.execPath, [TSC, '-p', folder.path]);
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

/** Starts what an example calls its application, and asks for its first page. */
async function startPage(AppModule: Type<unknown>, adapter: Adapter): Promise<number> {
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, http as ExpressAdapter, { logger: false });
  try {
    await app.listen(0, '127.0.0.1');
    return (await fetch(await app.getUrl())).status;
  } finally {
    await app.close();
  }
}

// What is imported here registers the tests that an example consists of.
for (const snippet of snippets.filter(({ isFragment }) => !isFragment)) {
  describe(snippet.place, async () => {
    const { AppModule } = (await import(folder.fileOf(snippet))) as { AppModule?: Type<unknown> };
    test('runs', () => {});
    if (!AppModule) return;
    test.each(ADAPTERS)('is an application that serves its first page on %s', async (adapter) => {
      expect(await startPage(AppModule, adapter)).toBe(200);
    });
  });
}

test('finds blocks with their lines, and tells fragments from examples', () => {
  const page =
    'text\n\n```ts\nlet a;\n```\n```json\n{}\n```\n```ts fragment\nb();\n```\n```ts c.ts\nc();\n```\n';
  expect(snippetsOf('page.md', page)).toEqual([
    { place: 'page.md:3', code: 'let a;\n', isFragment: false },
    { place: 'page.md:9', code: 'b();\n', isFragment: true },
    { place: 'page.md:12', code: 'c();\n', isFragment: false, fileName: 'c.ts' },
  ]);
});
