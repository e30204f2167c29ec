import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type MiddlewareConsumer, Module, Req } from '@nestjs/common';
import { afterEach, expect, test } from 'vitest';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';

/** Node's request, which middleware gets on Fastify, and Fastify's own in front of it. */
type Faces = IncomingMessage & { raw?: IncomingMessage; session?: { id?: string } };

@Controller()
class FacesController {
  @Get()
  faces(@Req() request: Faces) {
    const raw = request.raw as Faces | undefined;
    return { isSame: raw === undefined || raw.session === request.session };
  }
}

let running: RunningApp;

afterEach(() => running.close());

function started(adapter: (typeof ADAPTERS)[number], look: (request: Faces) => void) {
  @Module({})
  class LookModule {
    configure(consumer: MiddlewareConsumer) {
      const middleware = (request: Faces, _response: unknown, next: () => void) => {
        look(request);
        next();
      };
      consumer.apply(middleware).forRoutes('{*path}');
    }
  }
  return startApp({ adapter, controllers: [FacesController], imports: [LookModule] });
}

test.each(ADAPTERS)(
  'middleware on %s sees the session, which is no property of its own',
  async (adapter) => {
    const seen: unknown[] = [];
    running = await started(adapter, (request) => {
      seen.push(typeof request.session?.id, Object.hasOwn(request, 'session'));
    });
    expect(await running.browser().json('/')).toEqual({ isSame: true });
    expect(seen).toEqual(['string', false]);
  },
);

test.each(ADAPTERS)('a request on %s keeps its session to itself', async (adapter) => {
  const handles: unknown[] = [];
  running = await started(adapter, (request) => handles.push(request.session));
  await running.browser().json('/');
  await running.browser().json('/');
  expect(new Set(handles).size).toBe(2);
  expect(handles).not.toContain(undefined);
});

test.each(ADAPTERS)(
  'beside %s a server of its own has no sessions, and may put some there',
  async (adapter) => {
    running = await started(adapter, () => {});
    await running.browser().json('/');
    const seen: unknown[] = [];
    const server = createServer((request: Faces, response) => {
      seen.push(request.session);
      request.session = { id: 'theirs' };
      seen.push(request.session);
      response.end();
    }).listen(0);
    const { port } = server.address() as AddressInfo;
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    server.close();
    expect(seen).toEqual([undefined, { id: 'theirs' }]);
  },
);
