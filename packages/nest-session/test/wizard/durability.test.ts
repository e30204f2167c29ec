import { Controller, Param, Post } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import {
  Durability,
  defineWizard,
  Session,
  Wizard,
  type WizardData,
  WizardModule,
  type WizardView,
} from '../../src/index.js';
import { textFields } from '../checkout-wizard.js';
import { askedDurabilities } from '../support/asked-durabilities.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';

const steps = { one: { schema: textFields('a') }, two: { schema: textFields('b') } };
const complete = () => ({ ticket: 'issued' });
const safe = defineWizard({ id: 'safe', version: 1, durability: 'all', steps, complete });
const quick = defineWizard({ id: 'quick', version: 1, durability: 'async', steps, complete });
const usual = defineWizard({ id: 'usual', version: 1, steps, complete });

type Noted = Session<WizardData & { before?: number; after?: number }>;

async function noteAround(session: Noted, wizard: Wizard) {
  session.before = (session.before ?? 0) + 1;
  const { instance } = await wizard.start();
  session.after = (session.after ?? 0) + 1;
  return { instance };
}

@Controller()
class NoteController {
  @Post('safe')
  @Durability('async')
  safe(@Session() session: Noted, @Wizard('safe') wizard: Wizard<typeof safe>) {
    return noteAround(session, wizard);
  }

  @Post('quick')
  @Durability('all')
  quick(@Session() session: Noted, @Wizard('quick') wizard: Wizard<typeof quick>) {
    return noteAround(session, wizard);
  }

  @Post('usual')
  @Durability('all')
  usual(@Session() session: Noted, @Wizard('usual') wizard: Wizard<typeof usual>) {
    return noteAround(session, wizard);
  }

  @Post('submit/:instance')
  @Durability('async')
  async submit(@Param('instance') instance: string, @Wizard('safe') wizard: Wizard<typeof safe>) {
    return { status: (await wizard.submit(instance, { revision: 3 })).status };
  }
}

async function start(adapter: Adapter) {
  const running = await startApp({
    adapter,
    controllers: [NoteController],
    imports: [WizardModule.register([safe, quick, usual], { path: '/forms' })],
  });
  return { running, browser: running.browser(), asked: askedDurabilities(running.app) };
}

describe.each(ADAPTERS)('the durability of a wizard on %s', (adapter) => {
  test('is what each write of the ready-made controller waits for', async () => {
    const { running, browser, asked } = await start(adapter);
    const { instance } = (await (await browser.post('/forms/safe')).json()) as WizardView;
    const path = `/forms/safe/${instance}`;
    const fields = { a: 'x', b: 'x' };
    await browser.send('PUT', `${path}/draft/one`, { revision: 1, fields });
    await browser.post(`${path}/next`, { revision: 2, fields });
    await browser.post(`${path}/next`, { revision: 3, fields });
    await browser.post(`${path}/back`, { revision: 4 });
    await browser.post(`${path}/goto/two`, { revision: 5 });
    expect(asked()).toEqual(Array(6).fill('all'));
    const done = await browser.post(`${path}/submit`, { revision: 6 });
    expect(await done.json()).toMatchObject({ status: 'done' });
    expect(asked()).toEqual(['all', 'all']);
    const other = (await (await browser.post('/forms/safe')).json()) as WizardView;
    const gone = await browser.post(`/forms/safe/${other.instance}/cancel`, { revision: 1 });
    expect(gone.status).toBe(200);
    expect(asked()).toEqual(['all', 'all']);
    await running.close();
  });

  test('is not that of the outcome of a key, which is the request’s', async () => {
    const { running, browser, asked } = await start(adapter);
    const { instance } = (await (await browser.post('/forms/safe')).json()) as WizardView;
    asked();
    const body = { revision: 1, fields: { a: 'x' } };
    const key = { 'idempotency-key': '"a-key-of-this-write"' };
    expect((await browser.post(`/forms/safe/${instance}/next`, body, key)).status).toBe(200);
    expect(asked()).toEqual(['all', 'backup']);
    await running.close();
  });

  test.each([
    ['safe', ['async', 'all', 'async']],
    ['quick', ['all', 'async', 'all']],
    ['usual', ['all', 'all', 'all']],
  ])(
    'of @Wizard("%s") is that of its own changes, whatever the route says of the others',
    async (path, expected) => {
      const { running, browser, asked } = await start(adapter);
      expect((await browser.post(`/${path}`)).status).toBe(201);
      expect(asked()).toEqual(expected);
      await browser.post(`/${path}`);
      expect(asked()).toEqual(expected);
      await running.close();
    },
  );

  test('of @Wizard() is that of a submit: the claim and the outcome', async () => {
    const { running, browser, asked } = await start(adapter);
    const { instance } = (await (await browser.post('/safe')).json()) as WizardView;
    for (const revision of [1, 2]) {
      await browser.post(`/forms/safe/${instance}/next`, { revision, fields: { a: 'x', b: 'x' } });
    }
    asked();
    expect(await (await browser.post(`/submit/${instance}`)).json()).toEqual({ status: 'done' });
    expect(asked()).toEqual(['all', 'all']);
    await running.close();
  });
});
