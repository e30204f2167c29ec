import { Controller, Get, type MiddlewareConsumer, Module, Post, Req, Res } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import { Passport } from 'passport';
import { Strategy } from 'passport-local';
import { afterEach, expect, test } from 'vitest';
import { Session } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { type RunningApp, startApp } from '../support/start-app.js';

interface Visitor {
  readonly name: string;
}

interface Visits {
  returnTo?: string;
}

let running: RunningApp;

afterEach(() => running.close());

function passportWithAda(): InstanceType<typeof Passport> {
  const passport = new Passport();
  passport.use(
    new Strategy((name, password, done) =>
      done(null, name === 'ada' && password === 'engine' ? { name } : false),
    ),
  );
  passport.serializeUser((user, done) => done(null, (user as Visitor).name));
  passport.deserializeUser((name: string, done) => done(null, { name }));
  return passport;
}

/** An application as it would be on express-session: nothing in it knows this package but one property. */
async function startWithPassport(keepSessionInfo: boolean): Promise<Browser> {
  const passport = passportWithAda();

  @Controller()
  class AccountController {
    @Get('page')
    page(@Session() session: Session<Visits>) {
      session.returnTo = '/checkout';
      return { id: session.id };
    }

    @Post('login')
    login(@Req() request: Request, @Res() response: Response) {
      const authenticate = passport.authenticate('local', {
        keepSessionInfo,
        successRedirect: '/me',
        failureRedirect: '/failed',
      }) as RequestHandler;
      authenticate(request, response, (error) => response.status(500).json(String(error)));
    }

    @Post('logout')
    logout(@Req() request: Request, @Res() response: Response) {
      request.logout({ keepSessionInfo }, (error) => response.status(error ? 500 : 204).end());
    }

    @Get('me')
    me(@Req() request: Request, @Session() session: Session<Visits>) {
      return {
        id: session.id,
        user: request.user ?? null,
        isAuthenticated: request.isAuthenticated(),
        returnTo: session.returnTo ?? null,
      };
    }
  }

  @Module({})
  class PassportModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(passport.initialize(), passport.session()).forRoutes('{*path}');
    }
  }

  running = await startApp({
    adapter: 'express',
    controllers: [AccountController],
    imports: [PassportModule],
  });
  return running.browser();
}

const ADA = { username: 'ada', password: 'engine' };

interface Seen {
  id: string;
  user: Visitor | null;
  isAuthenticated: boolean;
  returnTo: string | null;
}

test.each([
  { keepSessionInfo: false, kept: null },
  { keepSessionInfo: true, kept: '/checkout' },
])('passport-local signs in and out, keepSessionInfo: $keepSessionInfo', async (settings) => {
  const browser = await startWithPassport(settings.keepSessionInfo);
  const before = await browser.json<{ id: string }>('/page');
  const stolen = browser.at(browser.url);
  const response = await browser.post('/login', ADA);
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('/me');
  const seen = await browser.json<Seen>('/me');
  expect(seen).toMatchObject({
    user: { name: 'ada' },
    isAuthenticated: true,
    returnTo: settings.kept,
  });
  // No fixation: whoever knew the id from before has nothing.
  expect(seen.id).not.toBe(before.id);
  expect(await stolen.json<Seen>('/me')).toMatchObject({ user: null, returnTo: null });

  const signedIn = browser.at(browser.url);
  expect((await browser.post('/logout')).status).toBe(204);
  expect(await browser.json<Seen>('/me')).toMatchObject({
    user: null,
    isAuthenticated: false,
    returnTo: settings.kept,
  });
  expect(await signedIn.json<Seen>('/me')).toMatchObject({ user: null });
});

test('a wrong password signs nobody in and keeps the session', async () => {
  const browser = await startWithPassport(false);
  const before = await browser.json<{ id: string }>('/page');
  const response = await browser.post('/login', { ...ADA, password: 'guess' });
  expect(response.headers.get('location')).toBe('/failed');
  expect(await browser.json<Seen>('/me')).toMatchObject({ id: before.id, user: null });
});

test('fifty sign-ins in a row redirect to a page that knows who it is', async () => {
  const browser = await startWithPassport(true);
  await browser.json('/page');
  for (let round = 0; round < 50; round += 1) {
    await browser.post('/login', ADA);
    expect(await browser.json<Seen>('/me')).toMatchObject({ isAuthenticated: true });
    await browser.post('/logout');
    expect(await browser.json<Seen>('/me')).toMatchObject({ isAuthenticated: false });
  }
});
