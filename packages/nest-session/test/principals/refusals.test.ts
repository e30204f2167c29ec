import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  Authenticated,
  AuthenticatedGuard,
  RequireSession,
  Roles,
  type SessionEvent,
  SessionEvents,
  SessionModule,
  SessionService,
} from '../../src/index.js';
import { readings, registryOf } from '../operations/prom-registry.js';
import type { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, type RunningApp, startApp } from '../support/start-app.js';

/** Guarded as a whole, and once more by its routes. */
@Controller('staff')
@Authenticated()
class StaffController {
  @Get('desk')
  @Authenticated()
  @Roles('staff')
  desk() {
    return {};
  }
}

@Controller()
class HallController {
  @Get('hall')
  @RequireSession()
  hall() {
    return {};
  }
}

@Module({ providers: [{ provide: APP_GUARD, useExisting: AuthenticatedGuard }] })
class GuardedModule {}

const start = (adapter: Adapter) =>
  startApp({ adapter, controllers: [shopController(), StaffController, HallController] });

const REFUSED = { kind: 'access-refused', ip: '127.0.0.1' };
const ANONYMOUS = { ...REFUSED, reason: 'authentication-required' };

describe.each(ADAPTERS)('a refusal of a guard on %s (ASVS 16.3.2)', (adapter) => {
  let running: RunningApp;
  let told: SessionEvent[];

  beforeAll(async () => {
    running = await start(adapter);
    running.app.get(SessionEvents).on('access-refused', (event) => told.push(event));
  });
  beforeEach(() => {
    told = [];
  });
  afterAll(() => running.close());

  async function signedIn(...roles: string[]): Promise<Browser> {
    const browser = running.browser();
    await browser.post('/login', { id: 'ada', roles });
    return browser;
  }

  test.each(['/me', '/admin', '/staff/desk'])(
    'is told once when nobody is signed in: %s',
    async (path) => {
      expect((await running.browser().fetch(path)).status).toBe(401);
      expect(told).toEqual([ANONYMOUS]);
    },
  );

  test.each(['/admin', '/staff/desk'])(
    'is told once when the role is missing: %s',
    async (path) => {
      const browser = await signedIn('guest');
      expect((await browser.fetch(path)).status).toBe(403);
      expect(told).toEqual([{ ...REFUSED, principal: 'ada' }]);
    },
  );

  test('is told of whoever comes with a session that is over, without its id', async () => {
    const browser = await signedIn();
    await running.app.get(SessionService).revokeAll('ada');
    const id = browser.cookies.get('sid')?.split('.')[0] as string;
    expect((await browser.fetch('/me')).status).toBe(401);
    expect(told).toEqual([ANONYMOUS]);
    expect(JSON.stringify(told)).not.toContain(id);
  });

  test('is counted as every event is', async () => {
    const registry = registryOf(running.app);
    const series = 'understudy_session_events_total{kind="access-refused"}';
    await running.browser().fetch('/me');
    const before = (await readings(registry))[series] as number;
    await running.browser().fetch('/me');
    await running.browser().fetch('/admin');
    expect((await readings(registry))[series]).toBe(before + 2);
  });

  test('is nothing that is told where the guards let the request pass', async () => {
    const browser = await signedIn('staff', 'admin');
    for (const path of ['/me', '/admin', '/staff/desk', '/hall']) {
      expect((await browser.fetch(path)).status).toBe(200);
    }
    expect(told).toEqual([]);
  });

  test('is none of the audit log where a route asks for a session and for nobody', async () => {
    expect((await running.browser().fetch('/hall')).status).toBe(401);
    expect(told).toEqual([]);
  });
});

describe.each(ADAPTERS)('a guard of the whole application on %s', (adapter) => {
  test('tells a refusal once, also where the route has it, too', async () => {
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      imports: [GuardedModule],
    });
    const told: SessionEvent[] = [];
    running.app.get(SessionEvents).on('access-refused', (event) => told.push(event));
    expect((await running.browser().fetch('/me')).status).toBe(401);
    await running.close();
    expect(told).toEqual([ANONYMOUS]);
  });

  test('needs nothing that its module would have to import', async () => {
    const running = await startApp({
      adapter,
      controllers: [],
      module: SessionModule.forRoot({ isGlobal: false }),
      imports: [feature()],
    });
    expect((await running.browser().fetch('/me')).status).toBe(401);
    await running.close();
  });
});

/** A module that does not import the one of the sessions. */
function feature() {
  @Controller()
  class MeController {
    @Get('me')
    @Authenticated()
    me() {
      return {};
    }
  }
  @Module({ controllers: [MeController] })
  class FeatureModule {}
  return FeatureModule;
}
