import {
  type CanActivate,
  Controller,
  Get,
  type MiddlewareConsumer,
  Module,
  Post,
  Req,
  type Type,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import flash from 'connect-flash';
import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { afterEach, expect, test } from 'vitest';
import type { SessionModuleOptions } from '../../src/index.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';
import { asGuard } from './as-guard.js';

let running: RunningApp;

afterEach(() => running.close());

/** Of a module, as one writes it for Express; on Fastify it would get another request than handlers. */
function moduleOf(middleware: RequestHandler): Type<unknown> {
  @Module({})
  class MiddlewareModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(middleware).forRoutes('{*path}');
    }
  }
  return MiddlewareModule;
}

function guardOf(middleware: RequestHandler): Type<unknown> {
  const guard: CanActivate = asGuard(middleware);
  @Module({ providers: [{ provide: APP_GUARD, useValue: guard }] })
  class GuardModule {}
  return GuardModule;
}

const WAYS = [
  { adapter: 'express' as Adapter, way: 'as middleware', moduleFor: moduleOf },
  ...ADAPTERS.map((adapter) => ({ adapter, way: 'as a guard', moduleFor: guardOf })),
];

async function start(
  { adapter, moduleFor }: (typeof WAYS)[number],
  controller: Type<unknown>,
  middleware: RequestHandler,
  options: SessionModuleOptions = {},
): Promise<void> {
  const imports = [moduleFor(middleware)];
  running = await startApp({ adapter, controllers: [controller], imports, options });
}

test.each(WAYS)(
  'connect-flash keeps messages for the next page, once: $way on $adapter',
  async (way) => {
    @Controller()
    class FlashController {
      @Post('order')
      order(@Req() request: Request) {
        request.flash('info', 'ordered %s', 'a lamp');
        request.flash('info', 'a mail is on its way');
        request.flash('error', 'the printer is out of ink');
      }
      @Get('messages')
      messages(@Req() request: Request) {
        return { info: request.flash('info') };
      }
      @Get('rest')
      rest(@Req() request: Request) {
        return { all: request.flash() };
      }
    }
    await start(way, FlashController, flash());
    const browser = running.browser();
    await browser.post('/order');
    const info = ['ordered a lamp', 'a mail is on its way'];
    expect(await browser.json('/messages')).toEqual({ info });
    expect(await browser.json('/messages')).toEqual({ info: [] });
    expect(await browser.json('/rest')).toEqual({ all: { error: ['the printer is out of ink'] } });
    expect(await browser.json('/rest')).toEqual({ all: {} });
  },
);

test.each(WAYS)(
  'csrf-sync guards in place of this package, its token in the session: $way on $adapter',
  async (way) => {
    const { csrfSynchronisedProtection, generateToken } = csrfSync();
    @Controller()
    class FormController {
      @Get('form')
      form(@Req() request: Request) {
        return { token: generateToken(request) };
      }
      @Post('form')
      submit() {
        return { done: true };
      }
    }
    await start(way, FormController, csrfSynchronisedProtection, { csrf: false });
    const browser = running.browser({ 'x-csrf-token': 'forged' });
    const { token } = await browser.json<{ token: string }>('/form');
    expect(await browser.json('/form')).toEqual({ token });
    expect((await browser.post('/form')).status).toBe(403);
    expect((await browser.post('/form', undefined, { 'x-csrf-token': token })).status).toBe(201);
    const other = running.browser({ 'x-csrf-token': token });
    await other.json('/form');
    expect((await other.post('/form')).status).toBe(403);
  },
);
