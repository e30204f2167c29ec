import { get } from 'node:http';
import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Head,
  Header,
  HttpCode,
  type MessageEvent,
  Post,
  Req,
  Res,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { Observable, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

interface Data {
  mark?: string;
}

interface RawResponse {
  writeHead(status: number, ...rest: unknown[]): void;
  write(chunk: string): boolean;
  end(chunk?: string): void;
  flushHeaders(): void;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
}

/** Node's response, which Fastify keeps inside its own. */
const rawOf = (response: RawResponse & { raw?: RawResponse }): RawResponse =>
  response.raw ?? response;

const gate = new Gate();
const seen: unknown[] = [];

@Controller()
class ResponsesController {
  @Get('mark')
  mark(@Session() session: Session<Data>) {
    return { mark: session.mark ?? null };
  }

  @Get('empty')
  @HttpCode(204)
  empty(@Session() session: Session<Data>) {
    session.mark = 'empty';
  }

  @Head('head')
  head(@Session() session: Session<Data>) {
    session.mark = 'head';
  }

  @Get('etag')
  @Header('ETag', '"fixed"')
  etag(@Session() session: Session<Data>) {
    session.mark = 'etag';
    return 'the same as ever';
  }

  @Get('file')
  file(@Session() session: Session<Data>) {
    session.mark = 'file';
    const chunks = Array.from({ length: 200 }, (_, index) => `${index}:${'x'.repeat(4000)}\n`);
    return new StreamableFile(Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
  }

  @Sse('events')
  events(@Session() session: Session<Data>): Observable<MessageEvent> {
    session.mark = 'events';
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('raw')
  raw(@Session() session: Session<Data>, @Res() response: RawResponse) {
    session.mark = 'raw';
    const raw = rawOf(response);
    raw.writeHead(203, { 'X-Own': 'yes', 'Set-Cookie': ['own=1; Path=/'] });
    seen.push(raw.headersSent);
    raw.write('first ');
    raw.end('last');
    seen.push(raw.writableEnded);
  }

  @Get('pairs')
  pairs(@Session() session: Session<Data>, @Res() response: RawResponse) {
    session.mark = 'pairs';
    rawOf(response).writeHead(200, 'Fine', ['X-One', '1', 'X-Two', '2', 'X-Two', '3']);
    rawOf(response).end('ok');
  }

  @Get('flush')
  async flush(@Session() session: Session<Data>, @Res() response: RawResponse) {
    const raw = rawOf(response);
    session.mark = 'flush';
    raw.writeHead(200);
    raw.flushHeaders();
    await gate.pass('flush');
    session.mark = 'after the headers';
    await session.save();
    raw.end('done');
  }

  @Get('late')
  late(@Session() session: Session<Data>, @Res() response: RawResponse) {
    const raw = rawOf(response);
    raw.writeHead(200);
    raw.write('begun ');
    setImmediate(() => {
      try {
        session.mark = 'late';
        raw.end('stored');
      } catch (error) {
        raw.end((error as Error).message);
      }
    });
  }

  @Post('changed-late')
  changedLate(@Session() session: Session<Data>, @Res() response: RawResponse) {
    const raw = rawOf(response);
    raw.writeHead(200);
    raw.write('begun ');
    setImmediate(() => {
      session.mark = 'never saved';
      raw.end('ended');
    });
  }

  @Post('pipe')
  pipe(@Session() session: Session<Data>, @Res() response: RawResponse) {
    session.mark = 'pipe';
    const source = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(10_000, 'p')));
    source.pipe(rawOf(response) as unknown as NodeJS.WritableStream);
  }

  @Post('throws-after-write')
  throwsAfterWrite(@Session() session: Session<Data>, @Res() response: RawResponse) {
    session.mark = 'partial';
    rawOf(response).write('partial');
    throw new Error('a bug after the first byte');
  }

  @Get('cookie')
  @Header('Set-Cookie', 'theme=dark; Path=/')
  cookie(@Session() session: Session<Data>, @Req() _request: unknown) {
    session.mark = 'cookie';
    return 'ok';
  }
}

describe.each(ADAPTERS)('a response on %s', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [ResponsesController] });
  });
  afterAll(() => running.close());

  test.each([
    ['without a body', 'GET', '/empty', 204],
    ['to HEAD', 'HEAD', '/head', 200],
    ['that is a stream', 'GET', '/file', 200],
    ['that is a stream of events', 'GET', '/events', 200],
    ['written by hand', 'GET', '/raw', 203],
    ['with headers in a list', 'GET', '/pairs', 200],
    ['piped into by hand', 'POST', '/pipe', 201],
  ])('%s stores the session first', async (_name, method, path, status) => {
    const browser = running.browser();
    const response = await browser.send(method, path);
    expect(response.status).toBe(status);
    expect(response.headers.get('session-info')).toMatch(
      /^node="[\w-]+", rev="\d+\.\d+", exp=1800, copies=0$/,
    );
    // The body is not read yet: the change was stored before the headers came.
    expect(await browser.json('/mark')).toEqual({ mark: path.slice(1) });
    await response.text();
  });

  test('keeps its own headers, body and cookies', async () => {
    seen.length = 0;
    const response = await running.browser().fetch('/raw');
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toContain('own=1; Path=/');
    expect(response.headers.getSetCookie()).toHaveLength(4);
    expect(await response.text()).toBe('first last');
    expect(seen).toEqual([true, true]);
    const listed = await running.browser().fetch('/pairs');
    expect([listed.statusText, listed.headers.get('x-two')]).toEqual(['Fine', '2, 3']);
    const cookie = await running.browser().fetch('/cookie');
    expect(cookie.headers.getSetCookie()).toHaveLength(4);
  });

  test('of many chunks arrives whole', async () => {
    const file = await (await running.browser().fetch('/file')).text();
    expect(file.split('\n')).toHaveLength(201);
    expect(file.length).toBe(200 * 4002 + 10 + 90 * 2 + 100 * 3);
    const pipe = await (await running.browser().post('/pipe')).text();
    expect(pipe.length).toBe(1_000_000);
  });

  test('of events carries them all', async () => {
    const response = await running.browser().fetch('/events');
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await response.text()).toMatch(/data: one[\s\S]*data: two/);
  });

  test('of 304 stores the session', async () => {
    const browser = running.browser();
    await browser.fetch('/empty');
    // Not fetch: it forbids caches to answer as soon as it sees a condition.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'if-none-match': '"fixed"', cookie: browser.cookieHeader };
      const request = get(`${running.url}/etag`, { headers, agent: false }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
    });
    expect(status).toBe(adapter === 'express' ? 304 : 200);
    expect(await browser.json('/mark')).toEqual({ mark: 'etag' });
  });

  test('to an unknown path opens no session', async () => {
    const response = await running.browser().fetch('/nowhere');
    expect(response.status).toBe(404);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('session-info')).toBeNull();
  });

  test('that began may still save what it changes', async () => {
    const browser = running.browser();
    const arrived = gate.hold('flush');
    const response = await browser.fetch('/flush');
    await arrived;
    expect(await browser.json('/mark')).toEqual({ mark: 'flush' });
    gate.release('flush');
    expect(await response.text()).toBe('done');
    expect(await browser.json('/mark')).toEqual({ mark: 'after the headers' });
  });

  test('that began cannot begin a session: the handler is told', async () => {
    const browser = running.browser();
    const response = await browser.fetch('/late');
    expect(await response.text()).toMatch(/begun a session cannot begin after the headers left/);
    expect(browser.cookies.size).toBe(0);
  });

  test('that ends with changes nobody saved is reported', async () => {
    const browser = running.browser();
    await browser.fetch('/empty');
    const response = await browser.post('/changed-late');
    expect(await response.text()).toBe('begun ended');
    await until(() => /POST \/changed-late: the session was changed after/.test(running.logs.text));
    expect(await browser.json('/mark')).toEqual({ mark: 'empty' });
  });

  test('whose handler fails after the first byte ends', async () => {
    const browser = running.browser();
    const response = await browser.post('/throws-after-write').catch(() => undefined);
    await response?.text().catch(() => undefined);
    expect((await browser.fetch('/mark')).status).toBe(200);
  });
});
