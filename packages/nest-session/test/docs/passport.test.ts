import { readFileSync } from 'node:fs';
import { Controller, Get, Post, type Type } from '@nestjs/common';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Session } from '../../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';
import { findSnippets, type Snippet, SnippetFolder } from './snippets.js';

/** What a visitor did before, and a way to see how much of it is left. */
@Controller('basket')
class BasketController {
  @Post()
  fill(@Session() session: Session<{ items?: number }>) {
    session.items = 2;
  }

  @Get()
  look(@Session() session: Session<{ items?: number }>) {
    return { items: session.items ?? 0 };
  }
}

const KEEPS = 'keepSessionInfo: true';

const snippets = findSnippets().filter(({ place }) => place.startsWith('docs/interop.md'));
const asGuard = snippets.find(({ fileName }) => fileName === 'as-guard.ts') as Snippet;
const sample = snippets.find(({ code }) => code.includes(KEEPS)) as Snippet;
const forgetting = {
  ...sample,
  place: `${sample.place} forgetting`,
  code: sample.code.replace(KEEPS, 'keepSessionInfo: false'),
};
const folder = new SnippetFolder([asGuard, sample, forgetting]);

let running: RunningApp;

afterEach(() => running?.close());
afterAll(() => folder.remove());

async function start(adapter: (typeof ADAPTERS)[number], example: Snippet) {
  const { AppModule } = (await import(folder.fileOf(example))) as { AppModule: Type<unknown> };
  const module = { module: AppModule };
  running = await startApp({ adapter, controllers: [BasketController], module });
  return running.browser();
}

describe.each(ADAPTERS)('the example of Passport on %s', (adapter) => {
  test.each([
    { name: 'with keepSessionInfo', example: sample, items: 2 },
    { name: 'without keepSessionInfo', example: forgetting, items: 0 },
  ])('signs in and out, $name', async ({ example, items }) => {
    const browser = await start(adapter, example);
    expect(await browser.json('/')).toEqual({ user: null });
    await browser.post('/basket');
    const answer = await browser.post('/login', { username: 'ada', password: 'engine' });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ user: { name: 'ada' } });
    expect(await browser.json('/')).toEqual({ user: { name: 'ada' } });
    expect(await browser.json('/basket')).toEqual({ items });
    const stolen = browser.at(browser.url);
    expect((await browser.post('/logout')).status).toBe(204);
    expect(await browser.json('/')).toEqual({ user: null });
    expect(await stolen.json('/')).toEqual({ user: null });
  });

  test('refuses a wrong password with a 401, and signs nobody in', async () => {
    const browser = await start(adapter, sample);
    const answer = await browser.post('/login', { username: 'ada', password: 'guess' });
    expect(answer.status).toBe(401);
    expect(await browser.json('/')).toEqual({ user: null });
  });
});

test('what tests run of Express middleware on Fastify is what the page shows', () => {
  const tested = readFileSync(new URL('../interop/as-guard.ts', import.meta.url), 'utf8');
  expect(tested).toBe(asGuard.code);
});
