import { Controller, Get, type MiddlewareConsumer, Module, Post, Req } from '@nestjs/common';
import flash from 'connect-flash';
import { csrfSync } from 'csrf-sync';
import type { Request } from 'express';
import { afterEach, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../support/start-app.js';

let running: RunningApp;

afterEach(() => running.close());

test('connect-flash keeps messages for the next page, once', async () => {
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
  @Module({})
  class FlashModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(flash()).forRoutes('{*path}');
    }
  }
  running = await startApp({
    adapter: 'express',
    controllers: [FlashController],
    imports: [FlashModule],
  });
  const browser = running.browser();
  await browser.post('/order');
  const info = ['ordered a lamp', 'a mail is on its way'];
  expect(await browser.json('/messages')).toEqual({ info });
  expect(await browser.json('/messages')).toEqual({ info: [] });
  expect(await browser.json('/rest')).toEqual({ all: { error: ['the printer is out of ink'] } });
  expect(await browser.json('/rest')).toEqual({ all: {} });
});

test('csrf-sync guards in place of this package: its token lives in the session', async () => {
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
  @Module({})
  class CsrfModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(csrfSynchronisedProtection).forRoutes('{*path}');
    }
  }
  running = await startApp({
    adapter: 'express',
    controllers: [FormController],
    imports: [CsrfModule],
    options: { csrf: false },
  });
  const browser = running.browser({ 'x-csrf-token': 'forged' });
  const { token } = await browser.json<{ token: string }>('/form');
  expect(await browser.json('/form')).toEqual({ token });
  expect((await browser.post('/form')).status).toBe(403);
  expect((await browser.post('/form', undefined, { 'x-csrf-token': token })).status).toBe(201);
  const other = running.browser({ 'x-csrf-token': token });
  await other.json('/form');
  expect((await other.post('/form')).status).toBe(403);
});
