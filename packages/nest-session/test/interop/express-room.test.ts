import { setFlagsFromString } from 'node:v8';
import { Controller, Get, Req } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { afterEach, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../support/start-app.js';

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

@Controller()
class SessionController {
  @Get()
  show(@Req() request: Request) {
    const { session } = request as unknown as { session: { id?: string; theirs?: boolean } };
    return { hasId: session.id !== undefined, theirs: session.theirs ?? false };
  }
}

let running: RunningApp;

afterEach(() => running.close());

/** Middleware of `main.ts` comes before the session, that of modules after it. */
async function startWith({ before, after }: { before?: Middleware; after?: Middleware }) {
  running = await startApp({
    adapter: 'express',
    controllers: [SessionController],
    prepare: (app) => before && app.use(before),
    imports: [
      class {
        configure(consumer: { apply(given: Middleware): { forRoutes(path: string): void } }) {
          if (after) consumer.apply(after).forRoutes('{*path}');
        }
      },
    ].map((module) => ({ module })),
  });
  return running.browser();
}

test('another session that came first is replaced by ours, and kept until then', async () => {
  const seen: unknown[] = [];
  const browser = await startWith({
    before: (request, _response, next) => {
      const carrier = request as unknown as { session: unknown };
      seen.push(carrier.session);
      carrier.session = { theirs: true };
      seen.push(carrier.session);
      next();
    },
  });
  expect(await browser.json('/')).toEqual({ hasId: true, theirs: false });
  expect(seen).toEqual([undefined, { theirs: true }]);
});

test('the session of a request cannot be replaced', async () => {
  const errors: unknown[] = [];
  const browser = await startWith({
    after: (request, _response, next) => {
      try {
        (request as unknown as { session: unknown }).session = { theirs: true };
      } catch (error) {
        errors.push(error);
      }
      next();
    },
  });
  expect(await browser.json('/')).toEqual({ hasId: true, theirs: false });
  expect(errors).toEqual([expect.any(TypeError)]);
});

test('what there is room for is not there before Express sets it', async () => {
  const seen: unknown[] = [];
  const browser = await startWith({
    before: (request, response, next) => {
      seen.push(request.route, response.statusCode, response.statusMessage);
      seen.push({ ...response.locals }, request.originalUrl);
      next();
    },
  });
  expect(await browser.json('/')).toEqual({ hasId: true, theirs: false });
  expect(seen).toEqual([undefined, 200, undefined, {}, '/']);
});

test('requests and responses are laid out alike, so that Express finds its way in them', async () => {
  setFlagsFromString('--allow-natives-syntax');
  const areAlike = new Function('one', 'other', 'return %HaveSameMap(one, other)');
  const waiting: Parameters<Middleware>[] = [];
  const seen: boolean[] = [];
  const browser = await startWith({
    after: (...args) => {
      // What the router adds is learnt from the first.
      if (args[0].url.startsWith('/?first')) return args[2]();
      waiting.push(args);
      const [one, other] = waiting;
      if (!one || !other) return;
      seen.push(areAlike(one[0], other[0]), areAlike(one[1], other[1]));
      for (const [, , next] of waiting) next();
    },
  });
  await browser.fetch('/?first');
  await Promise.all([browser.fetch('/'), browser.fetch('/')]);
  expect(seen).toEqual([true, true]);
});
