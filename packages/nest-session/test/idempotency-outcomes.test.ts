import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Body, Controller, Header, Post, Res, StreamableFile } from '@nestjs/common';
import type { Cluster } from '@understudy/replication';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_CLUSTER, Session } from '../src/index.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

/** Both frameworks' responses have it. */
interface Reply {
  header(name: string, value: string): unknown;
  status(code: number): { send(body: Uint8Array): unknown };
}

@Controller('orders')
class OrdersController {
  @Post('key')
  key(@Session() session: Session<{ orders?: string[] }>) {
    session.orders ??= [];
    return { key: session.id };
  }

  @Post()
  place(@Session() session: Session<{ orders?: string[] }>, @Body() { sku }: { sku: string }) {
    session.orders = [...(session.orders ?? []), sku];
    return { orders: session.orders };
  }

  @Post('compressed')
  compressed(@Res() response: Reply) {
    response.header('content-type', 'application/json; charset=utf-8');
    response.header('content-encoding', 'gzip');
    response.header('content-language', 'de');
    response.status(201).send(gzipSync('{"ok":true}'));
  }

  @Post('streamed')
  @Header('Location', '/orders/1')
  streamed() {
    const pieces = Readable.from([Buffer.from('{"ok":'), Buffer.from('true}')]);
    return new StreamableFile(pieces, { type: 'application/json' });
  }
}

describe.each(ADAPTERS)('the outcome of a keyed request on %s', (adapter) => {
  let running: RunningApp;
  const key = { 'idempotency-key': '"a"' };

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [OrdersController] });
  });
  afterAll(() => running.close());

  const customer = async () => {
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    return browser;
  };

  test('is given again in the coding and the language it had', async () => {
    const browser = await customer();
    const [first, second] = [
      await browser.post('/orders/compressed', {}, key),
      await browser.post('/orders/compressed', {}, key),
    ];
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    for (const name of ['content-type', 'content-encoding', 'content-language']) {
      expect([name, second.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    }
    // `fetch` undoes the coding that the header names.
    expect(await second.json()).toEqual({ ok: true });
  });

  test('that was written in pieces is its status and Location, and no empty JSON', async () => {
    const browser = await customer();
    const first = await browser.post('/orders/streamed', {}, key);
    expect(await first.json()).toEqual({ ok: true });
    const second = await browser.post('/orders/streamed', {}, key);
    expect([second.status, await second.text()]).toEqual([201, '']);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.headers.get('location')).toBe('/orders/1');
    expect(second.headers.get('content-type')).toBeNull();
    expect(running.logs.text).toMatch(
      /POST \/orders\/streamed does not fit the idempotency journal/,
    );
  });

  test('is stored in the commit that carries the change', async () => {
    const browser = await customer();
    const { key: sessionKey } = (await (await browser.post('/orders/key')).json()) as {
      key: string;
    };
    const seq = async () => {
      const found = await running.app.get<Cluster>(SESSION_CLUSTER).open(sessionKey);
      return found.status === 'found' ? found.snapshot.version.seq : undefined;
    };
    const before = (await seq()) as number;
    const first = await browser.post('/orders', { sku: 'lamp' }, key);
    expect(await first.json()).toEqual({ orders: ['lamp'] });
    // Of two commits a node could die in between: stored, and run once more by the repetition.
    expect(await seq()).toBe(before + 1);
    const second = await browser.post('/orders', { sku: 'lamp' }, key);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await seq()).toBe(before + 1);
  });

  test('of a body that is nested too deeply to be compared is a 400, and the handler does not run', async () => {
    const browser = await customer();
    const body = `{"sku":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const headers = { 'content-type': 'application/json', ...key };
    const response = await browser.fetch('/orders', { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'bad-request', detail: expect.stringContaining('nested') }),
    ]);
    // The key is free for a request that can be compared.
    const second = await browser.post('/orders', { sku: 'lamp' }, key);
    expect(await second.json()).toEqual({ orders: ['lamp'] });
  });
});
