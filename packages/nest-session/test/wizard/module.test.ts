import { Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from 'vitest';
import {
  defineWizard,
  Session,
  SessionModule,
  viewWizard,
  Wizard,
  type WizardData,
  WizardModule,
  type WizardView,
} from '../../src/index.js';
import { createTestCluster, FakeClock } from '../../src/testing/index.js';
import { textFields } from '../checkout-wizard.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { TripForm } from './trip-wizard.js';

const trip = new TripForm().wizard;

@Controller('own')
class OwnController {
  @Post()
  async begin(@Wizard('trip') wizard: Wizard<typeof trip>) {
    return viewWizard(wizard.definition, await wizard.start());
  }

  @Get('all')
  all(@Session() session: Session<WizardData>) {
    return Object.keys(session.wizards ?? {});
  }

  @Get('newest')
  newest(@Wizard('trip') wizard: Wizard<typeof trip>) {
    return { instance: wizard.newestOpen()?.instance ?? null };
  }

  @Get('unknown')
  unknown(@Wizard('nowhere') wizard: Wizard) {
    return wizard;
  }
}

@Injectable()
class Tickets {
  issue = (key: string) => `issued-${key}`;
}

@Module({ providers: [Tickets], exports: [Tickets] })
class TicketModule {}

describe.each(ADAPTERS)('WizardModule on %s', (adapter) => {
  test('gives @Wizard() to every module, of all that were registered', async () => {
    const other = defineWizard({
      id: 'survey',
      version: 1,
      steps: { one: { schema: textFields('a') } },
      complete: () => ({}),
    });
    const running = await startApp({
      adapter,
      controllers: [OwnController],
      imports: [WizardModule.register([other]), WizardModule.register([trip])],
    });
    const browser = running.browser();
    const state = (await (await browser.post('/own')).json()) as WizardView;
    expect(state).toMatchObject({ wizard: 'trip', step: 'where', status: 'open' });
    expect(await browser.json('/own/newest')).toEqual({ instance: state.instance });
    expect((await browser.fetch('/own/unknown')).status).toBe(500);
    expect((await browser.fetch('/forms/trip', { method: 'POST' })).status).toBe(404);
    await running.close();
  });

  test('makes wizards with providers, and sends browsers where `page` says', async () => {
    const running = await startApp({
      adapter,
      controllers: [],
      imports: [
        WizardModule.registerAsync({
          path: '/apply',
          page: ({ status, outcome, step }) =>
            status === 'done' ? `/tickets/${outcome?.ticket}` : `/pages/${step}`,
          imports: [TicketModule],
          inject: [Tickets],
          useFactory: (tickets: Tickets) => [
            defineWizard({
              id: 'quick',
              version: 1,
              steps: { one: { schema: textFields('a') } },
              complete: ({ key }) => ({ ticket: tickets.issue(key) }),
            }),
          ],
        }),
      ],
    });
    const browser = running.browser();
    const state = (await (await browser.post('/apply/quick')).json()) as WizardView;
    const path = `/apply/quick/${state.instance}`;
    const html = { accept: 'text/html' };
    const next = await browser.post(`${path}/next`, { revision: 1, fields: { a: 'b' } }, html);
    expect(next.headers.get('location')).toBe('/pages/one');
    const done = await browser.post(`${path}/submit`, { revision: 2 }, html);
    expect(done.headers.get('location')).toBe(`/tickets/issued-${state.instance}`);
    await running.close();
  });

  test('two wizards of one id stop the start', async () => {
    const twin = new TripForm().wizard;
    const building = Test.createTestingModule({
      imports: [
        SessionModule.forRoot(),
        WizardModule.register([trip], { path: '/forms' }),
        WizardModule.register([twin]),
      ],
    });
    await expect(building.compile()).rejects.toThrow(
      /wizard "trip": id is "trip", expected an id no other wizard has/,
    );
  });

  test.each(['forms', '/', '/a b', 7])('a path of %j stops the start', (path) => {
    const register = () => WizardModule.register([trip], { path: path as string });
    expect(register).toThrow(/WizardModule.path is .*, expected a path such as '\/forms'/);
  });

  test('an instance is over after `idle`, and after `ttl` however busy', async () => {
    @Module({
      imports: [SessionModule.forRoot(), WizardModule.register([trip], { path: '/forms' })],
      controllers: [OwnController],
    })
    class TripModule {}
    const clock = new FakeClock();
    const minutes = 60_000;
    const options = { timeouts: { idle: '24h', absolute: '48h' } } as const;
    const cluster = await createTestCluster({
      module: TripModule,
      nodes: 1,
      adapter,
      clock,
      options,
    });
    const agent = cluster.agent();
    const begin = async () =>
      (await (await agent.fetch('/own', { method: 'POST' })).json()) as WizardView;
    const draft = async ({ instance }: WizardView, revision: number) =>
      agent.fetch(`/forms/trip/${instance}/draft/where`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ revision, fields: { to: 'Os' } }),
      });
    const idle = await begin();
    expect(Date.parse(idle.expiresAt as string)).toBe(clock.wallMs() + 30 * minutes);
    await clock.advance(30 * minutes - 1000);
    expect((await draft(idle, 1)).status).toBe(200);
    await clock.advance(30 * minutes);
    expect((await draft(idle, 2)).status).toBe(404);
    const busy = await begin();
    expect(await (await agent.fetch('/own/all')).json()).toEqual([busy.instance]);
    let revision = 1;
    for (; revision <= 4; revision++) {
      await clock.advance(28 * minutes);
      expect((await draft(busy, revision)).status).toBe(200);
    }
    await clock.advance(8 * minutes);
    expect((await draft(busy, revision)).status).toBe(404);
    await cluster.close();
  });
});
