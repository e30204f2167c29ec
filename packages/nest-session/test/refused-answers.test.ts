import { Controller, Get, Req, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface RawResponse {
  statusCode: number;
  statusMessage: string;
  strictContentLength: boolean;
  writeHead(status: number, ...rest: unknown[]): void;
  write(chunk: unknown): boolean;
  end(chunk?: unknown, encoding?: string): void;
}

/** Each answers with something Node cannot send. */
const ANSWERS: Readonly<Record<string, (response: RawResponse) => void>> = {
  'a body that is a number': (response) => response.end(42),
  'a body that is an object': (response) => response.end({ a: 1 }),
  'a body in an encoding that is none': (response) => response.end('text', 'utf-9'),
  'a part that is a number': (response) => void response.write(42),
  'no part at all': (response) => void response.write(null),
  'a status out of range': (response) => {
    response.statusCode = 1000;
    response.end('text');
  },
  'a status that is none': (response) => {
    response.writeHead(Number.NaN);
    response.end('text');
  },
  'a reason of two lines': (response) => {
    response.statusMessage = 'one\ntwo';
    response.end('text');
  },
  'a reason beyond Latin-1': (response) => {
    response.writeHead(200, 'žluť');
    response.end('text');
  },
};

@Controller()
class RefusedController {
  /** Says that its body has another length than it has, where Node is to mind that. */
  @Get('length')
  length(@Res() response: RawResponse & { raw?: RawResponse }) {
    const raw = response.raw ?? response;
    raw.strictContentLength = true;
    raw.writeHead(200, { 'Content-Length': 9 });
    raw.end('text');
  }

  /** Changes the session, unless asked not to, and answers what it is asked for. */
  @Get('answer')
  answer(
    @Req() { query }: { query: { name: string; idle?: string } },
    @Session() session: Session<{ mark?: string }>,
    @Res() response: RawResponse & { raw?: RawResponse },
  ) {
    if (query.idle === undefined) session.mark = query.name;
    ANSWERS[query.name]?.(response.raw ?? response);
  }

  @Get('head')
  head(@Res() response: RawResponse & { raw?: RawResponse }) {
    (response.raw ?? response).writeHead(201, undefined, { 'X-Given': 'yes' });
    (response.raw ?? response).end('text');
  }
}

describe.each(ADAPTERS)('what Node cannot send on %s', (adapter) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [RefusedController] });
  });
  afterAll(() => running.close());

  const ask = (path: string) =>
    running.browser().fetch(path, { signal: AbortSignal.timeout(30_000) });

  test.each(Object.keys(ANSWERS))(
    'is answered 500 where the session is looked at: %s',
    async (name) => {
      const response = await ask(`/answer?idle&name=${encodeURIComponent(name)}`);
      expect(response.status).toBe(500);
    },
  );

  test.each(Object.keys(ANSWERS))('is answered 500 and stores nothing: %s', async (name) => {
    const response = await ask(`/answer?name=${encodeURIComponent(name)}`);
    expect(response.status).toBe(500);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('breaks the connection off where it is found out too late, and nothing else', async () => {
    await expect(ask('/length')).rejects.toThrow(/fetch failed|terminated/);
    expect((await ask('/head')).status).toBe(201);
  });

  test('is no head without a reason: its headers are sent', async () => {
    const response = await ask('/head');
    expect([response.status, response.headers.get('x-given')]).toEqual([201, 'yes']);
  });
});
