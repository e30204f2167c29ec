import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  InternalServerErrorException,
  Module,
  Param,
  Post,
  Res,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Idempotent,
  type IdempotentOptions,
  RequireSession,
  Session,
  SessionModule,
} from '../src/index.js';
import { Gate } from './support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from './support/start-app.js';

interface OrderData {
  orders?: string[];
}

const runs = new Map<string, number>();
const gate = new Gate();

@Controller('sign-in')
class SignInController {
  @Post(':id')
  signIn(@Param('id') id: string, @Session() session: Session) {
    session.login(id);
    return { id };
  }
}

@Controller('orders')
class OrdersController {
  @Get()
  list(@Session() session: Session<OrderData>) {
    return { orders: session.orders ?? [] };
  }

  @Post()
  @Header('Location', '/orders/1')
  async place(@Session() session: Session<OrderData>, @Body() body: { sku: string }) {
    runs.set(body.sku, (runs.get(body.sku) ?? 0) + 1);
    await gate.pass(body.sku);
    session.orders = [...(session.orders ?? []), body.sku];
    return { run: runs.get(body.sku) };
  }

  @Post('fails/:name')
  fails(@Param('name') name: string) {
    const run = (runs.get(name) ?? 0) + 1;
    runs.set(name, run);
    if (run === 1) throw new InternalServerErrorException();
    return { run };
  }

  @Post('invalid/:name')
  invalid(@Param('name') name: string) {
    runs.set(name, (runs.get(name) ?? 0) + 1);
    throw new BadRequestException(`run ${runs.get(name)}`);
  }

  @Post('guarded')
  @RequireSession()
  guarded() {
    return { ok: true };
  }

  @Post('large')
  large() {
    return { text: 'x'.repeat(10_000) };
  }

  @Post('marked')
  @HttpCode(200)
  @Idempotent({ required: true })
  marked() {
    runs.set('marked', (runs.get('marked') ?? 0) + 1);
    return { run: runs.get('marked') };
  }

  @Post('unmarked')
  unmarked() {
    runs.set('unmarked', (runs.get('unmarked') ?? 0) + 1);
    return { run: runs.get('unmarked') };
  }

  @Post('own')
  own(@Res() response: { status(code: number): { send(body: string): void } }) {
    runs.set('own', (runs.get('own') ?? 0) + 1);
    response.status(202).send(`run ${runs.get('own')}`);
  }
}

describe.each(ADAPTERS)('an idempotency key on %s', (adapter) => {
  let running: RunningApp;
  const named = (name: string) => `${adapter}-${name}`;
  const key = (name: string) => ({ 'idempotency-key': `"${name}"` });

  beforeAll(async () => {
    running = await startApp({ adapter, controllers: [OrdersController, SignInController] });
  });
  afterAll(() => running.close());

  const customer = async () => {
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    return browser;
  };

  test('runs a request once and answers its repetition with the first outcome', async () => {
    const browser = await customer();
    const body = { sku: named('once') };
    const first = await browser.post('/orders', body, key('a'));
    const second = await browser.post('/orders', body, key('a'));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('location')).toBe('/orders/1');
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await browser.json('/orders')).toEqual({ orders: [body.sku] });
  });

  test('answers 409 while the first request still runs', async () => {
    const browser = await customer();
    const body = { sku: named('slow') };
    const arrived = gate.hold(body.sku);
    const first = browser.post('/orders', body, key('a'));
    await arrived;
    const second = await browser.post('/orders', body, key('a'));
    expect(second.status).toBe(409);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(await second.json()).toMatchObject({ code: 'idempotency-in-progress' });
    gate.release(body.sku);
    expect((await first).status).toBe(201);
    expect(runs.get(body.sku)).toBe(1);
  });

  test('answers 422 when it comes with another request', async () => {
    const browser = await customer();
    await browser.post('/orders', { sku: named('mine') }, key('a'));
    const other = await browser.post('/orders', { sku: named('other') }, key('a'));
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'idempotency-mismatch' });
    expect(runs.get(named('other'))).toBeUndefined();
  });

  test('answers 422 to whoever signs in next: what was answered to somebody is nobody else’s', async () => {
    const browser = await customer();
    await browser.post('/sign-in/ada');
    const body = { sku: named('hers') };
    const place = () => browser.post('/orders', body, key('a'));
    expect((await place()).status).toBe(201);
    expect((await place()).headers.get('idempotent-replayed')).toBe('true');
    await browser.post('/sign-in/grace');
    const refused = await place();
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: 'idempotency-mismatch', detail: 'this key was used by somebody else' },
    ]);
    expect(refused.headers.get('location')).toBeNull();
    expect(runs.get(body.sku)).toBe(1);
  });

  test('answers a visitor who signs in meanwhile, and the login itself', async () => {
    const browser = await customer();
    const body = { sku: named('before') };
    const first = await browser.post('/orders', body, key('a'));
    const signIn = () => browser.post('/sign-in/ada', undefined, key('b'));
    expect((await signIn()).headers.get('idempotent-replayed')).toBeNull();
    expect((await signIn()).headers.get('idempotent-replayed')).toBe('true');
    const again = await browser.post('/orders', body, key('a'));
    expect([again.status, await again.text()]).toEqual([201, await first.text()]);
  });

  test('is free again when the handler failed', async () => {
    const browser = await customer();
    const path = `/orders/fails/${named('fail')}`;
    expect((await browser.post(path, {}, key('a'))).status).toBe(500);
    const second = await browser.post(path, {}, key('a'));
    expect([second.status, await second.json()]).toEqual([201, { run: 2 }]);
  });

  test('remembers that a request was invalid', async () => {
    const browser = await customer();
    const path = `/orders/invalid/${named('bad')}`;
    const first = await browser.post(path, {}, key('a'));
    const second = await browser.post(path, {}, key('a'));
    expect([first.status, second.status]).toEqual([400, 400]);
    expect(await second.text()).toBe(await first.text());
    expect(runs.get(named('bad'))).toBe(1);
  });

  test('does not remember a refusal the client can mend', async () => {
    const browser = await customer();
    const body = { sku: named('csrf') };
    const refused = await browser.post('/orders', body, { ...key('a'), 'x-csrf-token': 'wrong' });
    expect(refused.status).toBe(403);
    expect((await browser.post('/orders', body, key('a'))).status).toBe(201);
  });

  test('gives a client without a session one first', async () => {
    const browser = running.browser();
    const body = { sku: named('new') };
    const first = await browser.post('/orders', body, key('a'));
    expect(first.status).toBe(201);
    const second = await browser.post('/orders', body, key('a'));
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  test('is refused when it is malformed', async () => {
    const browser = await customer();
    for (const malformed of ['a b', '"abc', '"a"x', 'a";b', 'a,b']) {
      const response = await browser.post('/orders', {}, { 'idempotency-key': malformed });
      expect([malformed, response.status]).toEqual([malformed, 400]);
      expect(await response.json()).toMatchObject({ code: 'bad-request' });
    }
  });

  test('is not looked at on safe methods', async () => {
    const browser = await customer();
    for (const _again of [1, 2]) {
      const response = await browser.fetch('/orders', { headers: key('a') });
      expect(response.headers.get('idempotent-replayed')).toBeNull();
    }
  });

  test('remembers what a handler answered itself', async () => {
    const browser = await customer();
    const first = await browser.post('/orders/own', {}, key('a'));
    const second = await browser.post('/orders/own', {}, key('a'));
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(await second.text()).toBe(await first.text());
  });

  test('remembers status without body when the body is too large, and says so in the log', async () => {
    const browser = await customer();
    await browser.post('/orders/large', {}, key('a'));
    const second = await browser.post('/orders/large', {}, key('a'));
    expect([second.status, await second.text()]).toEqual([201, '']);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(running.logs.text).toMatch(/POST \/orders\/large does not fit the idempotency journal/);
  });

  test('can be required', async () => {
    const browser = await customer();
    expect((await browser.post('/orders/marked', {})).status).toBe(400);
    expect((await browser.post('/orders/marked', {}, key('a'))).status).toBe(200);
  });
});

describe.each(ADAPTERS)("idempotency: 'marked' on %s", (adapter) => {
  test('honours keys on marked routes only', async () => {
    const running = await startApp({
      adapter,
      controllers: [OrdersController],
      options: { idempotency: 'marked' },
    });
    runs.delete('marked');
    runs.delete('unmarked');
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    const headers = { 'idempotency-key': 'a' };
    for (const path of ['/orders/marked', '/orders/unmarked']) {
      await browser.post(path, {}, headers);
      const second = await browser.post(path, {}, headers);
      const replayed = second.headers.get('idempotent-replayed');
      expect([path, replayed]).toEqual([path, path === '/orders/marked' ? 'true' : null]);
    }
    expect([runs.get('marked'), runs.get('unmarked')]).toEqual([1, 2]);
    await running.close();
  });
});

describe('idempotency: false', () => {
  const start = async (options: IdempotentOptions): Promise<void> => {
    @Controller()
    class OneController {
      @Post()
      @Idempotent(options)
      place() {}
    }
    @Module({
      imports: [SessionModule.forRoot({ idempotency: false })],
      controllers: [OneController],
    })
    class OneModule {}
    const app = await NestFactory.create(OneModule, { logger: false, abortOnError: false });
    await app.close();
  };

  test('does not start beside a route that requires a key', async () => {
    await expect(start({ required: true })).rejects.toThrow(
      "option idempotency is false, expected 'auto' or 'marked', because a route has @Idempotent({ required: true })",
    );
    await start({});
  });
});
