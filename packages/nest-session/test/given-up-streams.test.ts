import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Post, Req, StreamableFile } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Session, SessionLock } from '../src/index.js';
import type { Browser } from './support/browser.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

interface Data {
  readonly exports?: number;
}

/** What handlers answered with; it takes its time to say anything. */
let answered: Readable | undefined;
let started = false;

function slowFile(): StreamableFile {
  answered = new Readable({ read() {} });
  return new StreamableFile(answered);
}

@Controller()
class ExportsController {
  @Get('exports')
  exports(@Session() session: Session<Data>) {
    return { exports: session.exports ?? 0 };
  }

  @Post('begin')
  begin(@Session() session: Session<{ exports: number }>) {
    session.exports = 0;
  }

  @Post('locked-export')
  @SessionLock({ wait: '0s' })
  lockedExport(@Session() session: Session<{ exports: number }>) {
    session.exports += 1;
    return slowFile();
  }

  /** Answers when its client has gone. */
  @Post('late-export')
  @SessionLock({ wait: '0s' })
  async lateExport(
    @Session() session: Session<{ exports: number }>,
    @Req() { socket }: { socket: Socket },
  ) {
    session.exports += 1;
    started = true;
    await until(() => socket.destroyed);
    return slowFile();
  }

  @Post('locked')
  @SessionLock({ wait: '0s' })
  @HttpCode(200)
  locked(@Session() session: Session<Data>) {
    return { exports: session.exports ?? 0 };
  }
}

describe.each(ADAPTERS)('a stream whose client leaves before it begins on %s', (adapter) => {
  let running: RunningApp;
  let browser: Browser;
  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [ExportsController] });
  });
  afterAll(() => running.close());
  beforeEach(async () => {
    answered = undefined;
    started = false;
    browser = running.browser();
    await browser.post('/begin');
  });

  /** Resolves when the server has noticed. */
  async function giveUp(path: string, key: string): Promise<void> {
    const { hostname, port } = new URL(running.url);
    const socket = connect(Number(port), hostname);
    const head = {
      Host: 'shop.example',
      Cookie: browser.cookieHeader,
      'X-CSRF-Token': browser.cookies.get('sid-csrf'),
      'Idempotency-Key': key,
      'Content-Length': 0,
    };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    await until(() => answered !== undefined || started);
    socket.destroy();
    await until(() => answered?.destroyed === true);
  }

  const WAYS = ['/locked-export', '/late-export'];

  test.each(WAYS)('leaves the session to others: its lock is free, %s', async (path) => {
    await giveUp(path, 'one');
    await until(async () => (await browser.post('/locked')).status === 200, 20_000);
  });

  test.each(WAYS)('stores what its handler has changed, %s', async (path) => {
    await giveUp(path, 'two');
    await until(async () => (await browser.json<Data>('/exports')).exports === 1, 20_000);
  });

  test.each(WAYS)('may be repeated under its key at once, and ran once, %s', async (path) => {
    await giveUp(path, 'three');
    const repeat = () => browser.post(path, undefined, { 'idempotency-key': 'three' });
    let last = await repeat();
    await until(async () => {
      last = await repeat();
      return last.status !== 409;
    }, 20_000);
    expect(last.headers.get('idempotent-replayed')).toBe('true');
    expect(await browser.json('/exports')).toEqual({ exports: 1 });
  });
});
