import { Controller, Post } from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import {
  defineWizard,
  Session,
  type WizardData,
  WizardModule,
  type WizardState,
  type WizardView,
} from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { textFields } from '../checkout-wizard.js';
import type { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';
import { type HeardEvent, type Listener, listen } from './listener.js';

const MINUTE_MS = 60_000;
/** A look is due every 5 s. */
const LOOK_MS = 6_000;

const steps = { one: { schema: textFields('a') } };
const complete = () => ({ ticket: 'issued' });
const times = { ttl: '10m', idle: '4m' } as const;
const claim = defineWizard({ id: 'claim', version: 1, ...times, steps, complete });
const lasting = defineWizard({ id: 'lasting', version: 1, steps, complete });

/** Keeps an instance of a wizard that this application does not have, as after a deployment. */
@Controller('stray')
class StrayController {
  @Post()
  keep(@Session() session: Session<WizardData>) {
    const [known] = Object.values(session.wizards ?? {}) as [WizardState];
    const instance = 'an-instance-of-before';
    const stray: WizardState = { ...known, wizard: 'removed', status: 'open', instance };
    session.wizards = { ...session.wizards, [instance]: stray };
  }
}

let closing: (() => Promise<void>) | undefined;
let listener: Listener | undefined;

afterEach(async () => {
  listener?.stop();
  await closing?.();
});

async function start(adapter: Adapter) {
  const clock = new FakeClock();
  const running = await startApp({
    adapter,
    controllers: [shopController(), StrayController],
    imports: [WizardModule.register([claim, lasting], { path: '/forms' })],
    options: { clock, timeouts: { idle: '24h', absolute: '48h' } },
  });
  closing = running.close;
  const browser = running.browser();
  await browser.post('/login', { id: 'ada', roles: [] });
  return { clock, browser, startMs: clock.wallMs() };
}

const begin = async (browser: Browser, wizard: string) =>
  (await (await browser.post(`/forms/${wizard}`)).json()) as WizardView;

async function draft(browser: Browser, { instance }: WizardView, revision: number) {
  const write = { revision, fields: { a: 'x' } };
  const response = await browser.send('PUT', `/forms/claim/${instance}/draft/one`, write);
  expect(response.status).toBe(200);
}

/** What is told of forms until the session is changed. */
async function toldOfForms(browser: Browser, heard: Listener): Promise<HeardEvent[]> {
  const told: HeardEvent[] = [];
  // What is told of forms comes after the change that was seen with it: before the second one.
  for (const value of ['first', 'second']) {
    await browser.send('PUT', '/keys/mark', { value });
    const { revision } = await browser.json('/session');
    for (let event = await heard.next(); event?.id !== revision; event = await heard.next()) {
      if (!event) throw new Error('the stream ended');
      if (event.event.startsWith('wizard')) told.push(event);
    }
  }
  return told;
}

describe.each(ADAPTERS)('a form that is about to be over on %s', (adapter) => {
  test('is told on the event stream once for each deadline, and no other form is', async () => {
    const { clock, browser, startMs } = await start(adapter);
    const done = await begin(browser, 'claim');
    await browser.post(`/forms/claim/${done.instance}/next`, { revision: 1, fields: { a: 'x' } });
    const outcome = await browser.post(`/forms/claim/${done.instance}/submit`, { revision: 2 });
    expect(await outcome.json()).toMatchObject({ status: 'done' });
    await begin(browser, 'lasting');
    const form = await begin(browser, 'claim');
    await browser.post('/stray');
    listener = await listen(browser);
    const heard = listener;
    const told = () => toldOfForms(browser, heard);
    const { instance } = form;
    const expiring = (atMs: number) => ({
      event: 'wizard-expiring',
      data: { wizard: 'claim', instance, at: new Date(startMs + atMs).toISOString() },
    });

    await clock.advance(3 * MINUTE_MS - LOOK_MS);
    expect(await told()).toEqual([]);
    await clock.advance(2 * LOOK_MS);
    expect(await told()).toEqual([expiring(4 * MINUTE_MS)]);
    await clock.advance(LOOK_MS);
    expect(await told()).toEqual([]);

    // Somebody is there after all.
    await draft(browser, form, 1);
    const secondMs = clock.wallMs() - startMs;
    expect(await told()).toEqual([]);
    await clock.advance(3 * MINUTE_MS + LOOK_MS);
    expect(await told()).toEqual([expiring(secondMs + 4 * MINUTE_MS)]);

    // From here on it is its whole time that ends it, of which two minutes are told.
    await draft(browser, form, 2);
    await clock.advance(8 * MINUTE_MS + LOOK_MS - (clock.wallMs() - startMs));
    expect(await told()).toEqual([expiring(10 * MINUTE_MS)]);
    await draft(browser, form, 3);
    await clock.advance(3 * MINUTE_MS);
    expect(await told()).toEqual([]);
  });

  test('is told to whoever connects late, and to nobody once it is over', async () => {
    const { clock, browser, startMs } = await start(adapter);
    const { instance } = await begin(browser, 'claim');
    await clock.advance(4 * MINUTE_MS - LOOK_MS);
    listener = await listen(browser);
    expect(await listener.next()).toMatchObject({ event: 'snapshot' });
    expect(await listener.next()).toEqual({
      event: 'wizard-expiring',
      data: { wizard: 'claim', instance, at: new Date(startMs + 4 * MINUTE_MS).toISOString() },
    });
    await clock.advance(LOOK_MS);
    listener.stop();
    const late = await listen(browser);
    listener = late;
    expect(await toldOfForms(browser, late)).toEqual([]);
  });
});
