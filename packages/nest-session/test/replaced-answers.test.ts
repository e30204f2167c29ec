import { Controller, Get, Header, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface RawResponse {
  setHeader(name: string, value: string): void;
  writeHead(status: number, headers: Record<string, string>): void;
  end(text: string): void;
}

const CACHING: Readonly<Record<string, string>> = {
  'CDN-Cache-Control': 'max-age=300',
  'Surrogate-Control': 'max-age=300',
  Expires: 'Fri, 01 Jan 2100 00:00:00 GMT',
  Age: '1',
};

/** More than a session takes: it is found out when the handler has answered. */
const fill = (session: Session<{ text?: string }>) => {
  session.text = 'x'.repeat(400_000);
};

@Controller()
class PagesController {
  @Get('page')
  @Header('Cache-Control', 'private, max-age=300')
  @Header('Content-Language', 'cs')
  @Header('X-Frame-Options', 'DENY')
  page(@Session() session: Session<{ text?: string }>) {
    fill(session);
    return { page: 1 };
  }

  @Get('raw')
  raw(
    @Session() session: Session<{ text?: string }>,
    @Res() response: RawResponse & { raw?: RawResponse },
  ) {
    fill(session);
    const raw = response.raw ?? response;
    raw.writeHead(200, {
      ...CACHING,
      'Cache-Control': 'public, max-age=300',
      'X-Frame-Options': 'DENY',
    });
    raw.end('text');
  }

  @Get('good')
  @Header('Cache-Control', 'private, max-age=300')
  good(@Session() session: Session<{ text?: string }>) {
    return { page: session.text ?? null };
  }
}

describe.each(ADAPTERS)('an answer in place of the one of a handler on %s', (adapter) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [PagesController] });
  });
  afterAll(() => running.close());

  test.each(['/page', '/raw'])(
    'is not kept by caches, however long that might be: %s',
    async (path) => {
      const response = await running.browser().fetch(path);
      expect([response.status, await response.json()]).toMatchObject([
        413,
        { code: 'session-too-large' },
      ]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      for (const name of Object.keys(CACHING)) expect(response.headers.get(name)).toBeNull();
      // What protects a page protects this one, too.
      expect(response.headers.get('x-frame-options')).toBe('DENY');
    },
  );

  test('leaves the others as they are', async () => {
    const response = await running.browser().fetch('/good');
    expect(response.headers.get('cache-control')).toBe('private, max-age=300');
  });
});
